"""The project's pages: their text, their headings, their console blocks."""

import re
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
HOW_TO = DOCS / "how-to"
PORT = 8080  # of every server in the pages

_BLOCK = re.compile(r"(<!-- not run: .+ -->\n)?^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_HEREDOC = re.compile(r"<<'?([A-Z]+)'?")


class Command(msgspec.Struct, frozen=True):
    """A command of a page and what the page says it prints; `…` there stands for anything."""

    text: str
    output: str

    def on(self, port: int) -> "Command":
        """The same where the server is on another port than the page's."""
        return Command(*(each.replace(str(PORT), str(port)) for each in (self.text, self.output)))

    def printed(self, text: str) -> bool:
        """Whether that is what the page shows."""
        expected = re.escape(self.output.strip()).replace("…", ".*")
        return re.fullmatch(expected, text.strip(), re.DOTALL) is not None


def every_page() -> list[Path]:
    """README, CHANGELOG and all of docs."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def headings(page: Path) -> list[str]:
    """The headings of a page, without backticks, in order."""
    return [each.replace("`", "") for each in _HEADING.findall(_CODE.sub("", page.read_text()))]


def section(page: Path, heading: str) -> str:
    """What stands under a heading of a page, until the next one."""
    text = _CODE.sub("", page.read_text())
    begin = next(m for m in _HEADING.finditer(text) if m[1].replace("`", "") == heading)
    end = _HEADING.search(text, begin.end())
    return text[begin.end() : end.start() if end else None]


def console_blocks(page: Path) -> list[str]:
    """What stands in the console blocks of a page, run or not."""
    return [block for _, block in _BLOCK.findall(page.read_text())]


def commands(page: Path) -> list[Command]:
    """The commands of a page's console blocks, but for those that it says are not run."""
    blocks = [block for not_run, block in _BLOCK.findall(page.read_text()) if not not_run]
    return [command for block in blocks for command in _commands(block.splitlines())]


def _commands(lines: list[str]) -> list[Command]:
    found: list[Command] = []
    while lines:
        command = [lines.pop(0).removeprefix("$ ")]
        while _goes_on(command):
            command.append(lines.pop(0))
        output = []
        while lines and not lines[0].startswith("$ "):
            output.append(lines.pop(0))
        found.append(Command("\n".join(command), "\n".join(output)))
    return found


def _goes_on(lines: list[str]) -> bool:
    document = _HEREDOC.search(lines[0])
    if document:
        return len(lines) == 1 or lines[-1] != document[1]
    return lines[-1].endswith("\\")

"""The commands' own help as Markdown; `python -m tests.docs.commands` writes it into the page."""

from collections.abc import Iterator
from typing import Any

import typer

from smsledger.cli import app
from tests.docs.pages import REFERENCE

PAGE = REFERENCE / "commands.md"
MARK = "<!-- From here on made by `python -m tests.docs.commands`. -->\n"
NAME = "smsledger"


def every_command() -> Iterator[tuple[str, Any]]:
    """The commands with their full names, those of a group behind it."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    for name, command in group.commands.items():
        yield f"{NAME} {name}", command
        for sub, below in getattr(command, "commands", {}).items():
            yield f"{NAME} {name} {sub}", below


def options(command: Any) -> set[str]:
    """The options of a command, `--help` too."""
    return {name for param in command.params for name in param.opts} | {"--help"}


def rendered() -> str:
    """The page as it should be: what is written by hand, then a section for each command."""
    by_hand = PAGE.read_text().partition(MARK)[0]
    sections = (_section(name, command) for name, command in every_command())
    return by_hand + MARK + "".join(sections)


def _section(name: str, command: Any) -> str:
    context = typer.Context(command)
    usage = " ".join((name, *command.collect_usage_pieces(context)))
    lines = [f"\n## {name}\n\n{command.help}\n"]
    if not hasattr(command, "commands"):
        records = filter(None, (param.get_help_record(context) for param in command.params))
        lines += [f"\n```text\n{usage}\n```\n\n", *(_item(*record) for record in records)]
    return "".join(lines)


def _item(name: str, text: str) -> str:
    return f"- `{name}`: {text.strip()}\n"


if __name__ == "__main__":
    PAGE.write_text(rendered())

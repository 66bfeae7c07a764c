"""Whatever a command prints, nothing in the ledger or in its arguments controls the terminal."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from smsledger import cli
from smsledger.cli import app, main
from smsledger.cli.output import progress
from smsledger.ledger.model import Credential, Scope, Unrouted
from smsledger.store import open_store
from tests.making import YESTERDAY, make_program

HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e\u2028\x7f\udcff[red]"
STORED = HOSTILE.replace("\udcff", "")
OBEYED = set(HOSTILE) - set("]0;owned31m[red]")
SEEN = r"\x1b]0;owned\x07\x9b31m\u202e\u2028\x7f"
USER, NUMBER = f"user{STORED}", "15556667777"

# Arguments by which a command prints text of others; `{dir}` has a hostile name. A command that is
# not here gets a ledger that is not there.
ARGUMENTS = {
    "migrate": ("--store", "sqlite:///{dir}/none/ledger.db"),
    "serve": ("--host", HOSTILE),
    "program create": ("--name", STORED, "--campaign", "C", "--type", "T"),
    "program list": (),
    "program delete": ("121811", "--confirm", "1"),
    "credential create": ("--user", STORED, "--scope", HOSTILE),
    "credential list": (),
    "credential rotate": ("--user", USER),
    "credential revoke": ("--user", USER),
    "import": ("{dir}/rows.ndjson", "--program", "121811"),
    "export": ("--verify", "{dir}/rows.ndjson"),
    "route": (),
    "erase": ("--program", "1", "--number", HOSTILE),
    "copy": ("sqlite:///{dir}/none.db", "sqlite:///{dir}/copy.db"),
    "backup": ("{dir}/copy.db",),
}
NO_LEDGER = ("--store", "sqlite:///{dir}/none.db")


def commands(group: TyperGroup | None = None, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the command line."""
    within = group or typer.main.get_command(app)
    assert isinstance(within, TyperGroup)
    for name, command in within.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name))


def unrouted(**fields: Any) -> Unrouted:
    plausible: dict[str, Any] = {
        "id": "a",
        "body": "JOIN",
        "received_at": YESTERDAY,
        "sender": NUMBER,
    }
    return Unrouted(**{**plausible, "gateway": STORED, "reason": STORED, **fields})


@pytest.fixture
def hostile(empty_store_url: str, tmp_path: Path) -> Path:
    """Fills the ledger with texts that a terminal would obey; a directory with such a name."""

    async def fill() -> None:
        store = await open_store(empty_store_url)
        await store.create_program(make_program(name=STORED, campaign=STORED))
        await store.create_credential(Credential(username=USER, scopes=frozenset({Scope.EXPORT})))
        await store.keep_unrouted(unrouted(sender=STORED, short_code=STORED))
        await store.close()

    asyncio.run(fill())
    directory = tmp_path / HOSTILE
    directory.mkdir()
    (directory / "rows.ndjson").write_text(json.dumps({"id": "a", "number": STORED}))
    return directory


Shown = Callable[..., str]


@pytest.fixture
def shown(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    empty_store_url: str,
    hostile: Path,
) -> Shown:
    """What a command prints, on standard output and standard error."""

    def shown(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["smsledger", *arguments])
        monkeypatch.setenv("SMSLEDGER_STORE", empty_store_url)
        with pytest.raises(SystemExit):
            main()
        return "".join(capsys.readouterr())

    return shown


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("command", [*commands()])
def test_no_command_prints_what_a_terminal_would_obey(
    shown: Shown, hostile: Path, command: str
) -> None:
    arguments = ARGUMENTS.get(command, NO_LEDGER)
    told = shown(*command.split(), *(text.replace("{dir}", str(hostile)) for text in arguments))
    assert told
    assert OBEYED.isdisjoint(told)


@pytest.mark.engines("sqlite")
def test_no_usage_error_prints_what_a_terminal_would_obey(shown: Shown) -> None:
    for command in commands():
        assert OBEYED.isdisjoint(shown(*command.split(), f"--{STORED}"))


@pytest.mark.engines("sqlite")
def test_a_table_shows_hostile_text_as_escapes_and_keeps_its_columns(
    shown: Shown, hostile: Path
) -> None:
    assert json.loads(shown("route", "--json"))[0]["sender"] == STORED
    assert OBEYED.isdisjoint(shown("route", "--json"))
    assert shown("route") == f"1\t{SEEN}[red]\t{SEEN}[red]\t{SEEN}[red]\n"


def test_progress_shows_markup_and_codes_of_emoji_as_text() -> None:
    with progress() as bars:
        bars.add_task("[red]:bomb:")
        bars.console.file = io.StringIO()
        bars.console.print(bars.get_renderable())
    assert "[red]:bomb:" in bars.console.file.getvalue()


@pytest.mark.parametrize(
    "file", sorted(Path(cli.__file__).parent.glob("*.py")), ids=lambda file: file.name
)
def test_text_is_printed_through_one_file(file: Path) -> None:
    calls = {"typer.echo(", "print(", "Console(", "Progress("}
    assert file.name == "output.py" or not [call for call in calls if call in file.read_text()]

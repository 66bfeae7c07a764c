"""What a command says of a damaged ledger: one sentence, with what to do."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from smsledger.store import open_store
from tests.cli.conftest import Run
from tests.damaging import damage
from tests.making import PROGRAM, make_message

pytestmark = pytest.mark.engines("sqlite")  # a database that is damaged answers other commands
WHAT_TO_DO = ("the ledger is damaged", "`smsledger verify`", "`smsledger copy --skip-damaged`")


@pytest.fixture
def damaged(empty_store_url: str, program: dict[str, Any]) -> str:
    """A ledger with a damaged page among its messages."""

    async def record() -> None:
        store = await open_store(empty_store_url)
        batch = [make_message(id=f"m-{n}", body="x" * 500) for n in range(200)]
        await store.record_messages(PROGRAM, batch)
        await store.close()

    asyncio.run(record())
    damage(empty_store_url)
    return empty_store_url


def test_a_command_that_meets_damage_says_what_to_do(run: Run, damaged: str) -> None:
    told = run("erase", "--program", PROGRAM, "--number", "15556667777", status=1)
    assert [words for words in WHAT_TO_DO if words not in told] == []
    assert "malformed" in told


def test_once_damage_was_met_no_command_writes(run: Run, damaged: str) -> None:
    run("erase", "--program", PROGRAM, "--number", "15556667777", status=1)
    assert "is damaged" in run("restored", status=1)
    assert "is damaged" in run("migrate", status=1)
    assert run("program", "list").startswith(str(PROGRAM))


def test_a_file_that_is_no_database_is_told_and_gets_no_marker(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(b"some other file\n" * 1000)
    told = run("program", "list", "--store", f"sqlite:///{file}", status=1)
    assert "file is not a database" in told
    assert [each.name for each in tmp_path.glob("other.db*")] == ["other.db"]


@pytest.mark.parametrize("command", [("verify", "--store"), ("copy", "--skip-damaged")])
def test_a_ledger_that_cannot_be_opened_is_not_sent_round_in_circles(
    run: Run, tmp_path: Path, command: tuple[str, str]
) -> None:
    file, target = f"sqlite:///{tmp_path}/other.db", f"sqlite:///{tmp_path}/new.db"
    (tmp_path / "other.db").write_bytes(b"some other file\n" * 1000)
    told = run(*command, file, *([target] if "copy" in command else []), status=1)
    assert "restore a backup" in told
    assert "run `smsledger" not in told

"""Which commands take a ledger that may have gone back in time, and what ends that."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.databases import execute

READING = [("program", "list"), ("credential", "list"), ("route",), ("migrate",), ("verify",)]
WRITING = [
    ("serve",),
    ("program", "create", "--name", "B", "--type", "Text to Join", "--campaign", "C"),
    ("program", "deactivate", "121811"),
    ("program", "delete", "121811", "--confirm", "121811"),
    ("credential", "create", "--user", "etl", "--scope", "export"),
    ("credential", "rotate", "--user", "etl"),
    ("route", "--all", "--program", "121811"),
    ("sample", "--program", "121811", "--messages", "5"),
    ("erase", "--program", "121811", "--id", "a"),
    ("opt-outs", "rebuild"),
    ("purge",),
]


@pytest.fixture
def restored_store(
    run: Run,
    program: dict[str, Any],
    tmp_path: Path,
    restore: Callable[[Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A backup, restored; the commands of the test work on it."""
    run("backup", tmp_path / "copy.db")
    url = restore(tmp_path / "copy.db")
    monkeypatch.setenv("SMSLEDGER_STORE", url)
    return url


def epoch(url: str) -> list[tuple[str]]:
    return execute(url, "SELECT epoch FROM ledger")


@pytest.mark.parametrize("command", READING)
def test_commands_that_only_read_take_a_restored_ledger(
    run: Run, restored_store: str, command: tuple[str, ...]
) -> None:
    run(*command)
    assert "smsledger restored" in run("serve", status=1)


def test_commands_that_write_refuse_a_restored_ledger_and_say_what_to_run(
    run: Run, restored_store: str
) -> None:
    for command in WRITING:
        told = run(*command, status=1)
        assert "smsledger restored" in told, command
        assert "smsledger moved" in told, command


def test_a_restored_ledger_is_in_use_after_restored_with_a_new_epoch(
    run: Run, restored_store: str
) -> None:
    before = epoch(restored_store)
    run("restored")
    assert epoch(restored_store) != before
    run("purge")


def test_a_moved_ledger_is_in_use_with_its_epoch_and_moving_twice_changes_nothing(
    run: Run, restored_store: str
) -> None:
    before = epoch(restored_store)
    assert run("moved", "--json") == {"changed": True}
    assert run("moved", "--json") == {"changed": False}
    assert epoch(restored_store) == before
    run("purge")


@pytest.mark.engines("sqlite")
def test_a_backup_of_a_backup_is_one(run: Run, restored_store: str, tmp_path: Path) -> None:
    run("backup", tmp_path / "again.db")
    again = ("--store", f"sqlite:///{tmp_path}/again.db")
    assert "is a backup" in run("purge", *again, status=1)


def test_a_copy_of_a_backup_is_one_and_a_copy_of_what_was_confirmed_is_not(
    run: Run, restored_store: str, tmp_path: Path
) -> None:
    target = f"sqlite:///{tmp_path}/target.db"
    run("copy", restored_store, target)
    assert "is a backup" in run("purge", "--store", target, status=1)
    run("moved")
    run("copy", restored_store, target)
    run("purge", "--store", target)


@pytest.mark.engines("sqlite")
def test_a_backup_into_which_its_ledger_is_copied_is_that_ledger(
    run: Run, restored_store: str, empty_store_url: str
) -> None:
    run("copy", empty_store_url, restored_store)
    run("purge")

"""`smsledger verify`, and the same checks in other commands."""

import asyncio
from pathlib import Path

import pytest

from smsledger.store import open_store
from tests.cli.conftest import Run
from tests.damaging import change_a_byte
from tests.databases import execute
from tests.making import PROGRAM, make_message, make_program, make_receipt
from tests.store.copying.targets import OTHER, new_target


@pytest.fixture
def ledger(empty_store_url: str) -> str:
    """The URL of a ledger with two messages and a receipt."""

    async def fill() -> None:
        store = await open_store(empty_store_url)
        await store.create_program(make_program())
        await store.record_messages(PROGRAM, [make_message(), make_message(id="m-2", body="x")])
        await store.record_receipts(PROGRAM, [make_receipt()])
        await store.close()

    asyncio.run(fill())
    return empty_store_url


def test_a_changed_byte_in_a_text_is_found(run: Run, ledger: str) -> None:
    change_a_byte(ledger)
    told = run("verify", status=1, told_by="out")
    assert f"program {PROGRAM}" in told
    assert "m-1" in told
    assert "Body" not in told


def test_a_changed_byte_in_a_text_is_not_copied_as_verified(
    run: Run, ledger: str, engine: str, request: pytest.FixtureRequest
) -> None:
    change_a_byte(ledger)
    with new_target(OTHER[engine], request) as target:
        assert "m-1" in run("copy", ledger, target, status=1)


def test_a_backup_of_a_damaged_ledger_says_so(run: Run, ledger: str, tmp_path: Path) -> None:
    change_a_byte(ledger)
    assert "m-1" in run("backup", tmp_path / "backup", status=3, told_by="out")
    assert (tmp_path / "backup").exists()


# What was lost without any row or page that cannot be read, and the check that finds it.
LOST = {
    "a message": ("DELETE FROM message WHERE id = 'm-2'", "counts"),
    "a day of counts": ("DELETE FROM message_count WHERE period = 'day'", "counts"),
    "a counter gone back": ("UPDATE program_counter SET last = 1 WHERE program_id <> 0", "counter"),
    "a counter": ("DELETE FROM program_counter WHERE program_id <> 0", "counter"),
}


@pytest.mark.parametrize(("sql", "check"), LOST.values(), ids=LOST)
def test_a_ledger_with_a_loss_is_not_copied_as_verified(
    run: Run, ledger: str, engine: str, request: pytest.FixtureRequest, sql: str, check: str
) -> None:
    execute(ledger, sql)
    with new_target(OTHER[engine], request) as target:
        told = run("copy", ledger, target, status=1)
        assert "the source is damaged" in told
        assert f"program {PROGRAM}" in told
        assert f": {check}: expected" in told
        assert execute(target, "SELECT copy_of FROM ledger") == [(None,)]


def test_a_ledger_is_called_sound_only_if_every_check_has_run(
    run: Run, ledger: str, engine: str
) -> None:
    last = run("verify").splitlines()[-1]
    if engine == "sqlite":
        assert last == "Sound: no damage was found."
        return
    assert "the check by amcheck was skipped" in last
    assert "Sound" not in last
    execute(ledger, "CREATE EXTENSION amcheck")
    assert run("verify").splitlines()[-1] == "Sound: no damage was found."


@pytest.mark.parametrize(("messages", "line"), [(101, "1 more finding"), (102, "2 more findings")])
def test_findings_that_are_not_listed_are_counted(
    run: Run, empty_store_url: str, ledger: str, messages: int, line: str
) -> None:
    batch = [make_message(id=f"x-{n}", date=None) for n in range(messages - 2)]

    async def fill() -> None:
        store = await open_store(ledger)
        await store.record_messages(PROGRAM, batch)
        await store.close()

    asyncio.run(fill())
    execute(ledger, "UPDATE message SET gateway = 'other'")
    told = run("verify", status=1, told_by="out").splitlines()
    assert told[-2:] == [f"{line} not listed", f"Damaged: {messages} findings."]


def test_json_of_a_ledger_that_cannot_be_opened_is_an_object_too(
    run: Run, capsys: pytest.CaptureFixture[str], ledger: str, tmp_path: Path
) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(b"some other file\n" * 1000)
    sound = run("verify", "--json")
    assert sound["error"] is None
    for store in (
        f"sqlite:///{file}",
        f"sqlite:///{tmp_path}/none.db",
        "postgresql://127.0.0.1:1/x",
    ):
        told = run("verify", "--store", store, "--json", status=1, told_by="out")
        assert told.keys() == sound.keys()
        assert (told["sound"], told["programs"], told["findings"], told["more"]) == (
            False,
            [],
            [],
            0,
        )
        assert told["integrity"].keys() == sound["integrity"].keys()
        assert told["integrity"]["not_run"] == "The ledger cannot be read"
        assert told["error"]

"""`smsledger copy`, as an operator runs it."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smsledger.store import check, open_store
from smsledger.store.errors import UnfinishedCopy
from smsledger.store.store import Store
from tests.cli.conftest import Run
from tests.databases import execute
from tests.making import PROGRAM, make_message, make_program, make_receipt
from tests.server import COMMAND, smsledger
from tests.store.copying.targets import OTHER, new_target

MANY = 30_000


@pytest.fixture
def target_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A store on the other engine that nobody has used."""
    with new_target(OTHER[engine], request) as url:
        yield url


def write(url: str, work: Callable[[Store], Awaitable[Any]]) -> Any:
    """Does something to a ledger that nobody has open."""

    async def run() -> Any:
        store = await open_store(url)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture
def ledger(empty_store_url: str) -> str:
    """The URL of a ledger with a program, a message and a receipt."""

    async def fill(store: Store) -> None:
        await store.create_program(make_program())
        await store.record_messages(PROGRAM, [make_message()])
        await store.record_receipts(PROGRAM, [make_receipt()])

    write(empty_store_url, fill)
    return empty_store_url


def test_a_copy_says_what_both_ledgers_have(run: Run, ledger: str, target_url: str) -> None:
    told = run("copy", ledger, target_url, "--json")
    [program] = told["programs"]
    assert (told["messages"], told["complete"], program["program"]) == (1, True, PROGRAM)
    assert (program["messages"], program["history"], len(program["digest"])) == (1, 1, 64)
    again = run("copy", ledger, target_url)
    assert f"{PROGRAM}\t1 messages\t1 history entries" in again
    assert "0 messages copied" in again


def test_the_target_is_made_a_ledger_first(run: Run, ledger: str, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path}/new.db"
    run("copy", ledger, target)
    assert [each["id"] for each in run("program", "list", "--store", target, "--json")] == [PROGRAM]


def test_a_target_in_no_directory_is_told(run: Run, ledger: str, tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path}/none/new.db"
    assert run("copy", ledger, target, status=1) == (
        f"Error: {target}: there is no such directory\n"
    )


def test_a_source_that_is_no_ledger_is_told_and_no_target_made(run: Run, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path}/none.db"
    told = run("copy", source, f"sqlite:///{tmp_path}/new.db", status=1)
    assert told.startswith(f"Error: {source}: there is no ledger")
    assert not (tmp_path / "new.db").exists()


def test_what_cannot_be_reached_is_told_without_a_password(run: Run, ledger: str) -> None:
    told = run("copy", ledger, "postgresql://me:secret@127.0.0.1:1/ledger", status=1)
    assert told.startswith("Error: postgresql://me@127.0.0.1:1/ledger: ")
    assert "secret" not in told


def test_a_store_of_no_known_engine_is_told(run: Run, ledger: str) -> None:
    assert "sqlite:///" in run("copy", ledger, "mysql://x", status=1)


def test_a_target_with_a_ledger_of_its_own_is_refused(
    run: Run, ledger: str, target_url: str
) -> None:
    write(target_url, lambda store: store.create_program(make_program()))
    assert "name an empty one" in run("copy", ledger, target_url, status=1)


def test_a_target_that_is_not_the_source_is_told(run: Run, ledger: str, target_url: str) -> None:
    run("copy", ledger, target_url)
    execute(target_url, "UPDATE message SET number = '1'")
    told = run("copy", ledger, target_url, status=1)
    assert "serial 1) differs in the target: number" in told
    assert "15556667777" not in told
    assert "Copy into an empty target" in told


def test_nobody_serves_an_unfinished_copy(run: Run, ledger: str, target_url: str) -> None:
    execute(target_url, "UPDATE ledger SET copy_of = 'x'")
    told = run("program", "list", "--store", target_url, status=1)
    assert "run `smsledger copy` to its end" in told
    smsledger("serve", "--store", target_url, status=1)
    assert "run `smsledger copy` to its end" in run("copy", target_url, ledger, status=1)
    assert "of another ledger" in run("copy", ledger, target_url, status=1)


def test_what_came_meanwhile_is_told_with_a_status_of_its_own(
    run: Run, ledger: str, target_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smsledger.store import copying

    come = copying._verify

    async def late(*arguments: Any) -> list[copying.ProgramCopied]:
        async with asyncio.timeout(30):
            store = await open_store(ledger)
            await store.record_messages(PROGRAM, [make_message(id="late")])
            await store.close()
        return await come(*arguments)

    monkeypatch.setattr(copying, "_verify", late)
    assert run("copy", ledger, target_url, status=3) == ""
    monkeypatch.undo()
    assert run("copy", ledger, target_url, "--json")["messages"] == 1


def many(store: Store) -> Coroutine[Any, Any, None]:
    async def fill() -> None:
        await store.create_program(make_program())
        for first in range(0, MANY, 5000):
            batch = [make_message(id=f"m-{n}") for n in range(first, first + 5000)]
            await store.record_messages(PROGRAM, batch)
        receipts = [make_receipt(id=f"m-{n}") for n in range(0, MANY, 3)]
        await store.record_receipts(PROGRAM, receipts)

    return fill()


def come(url: str) -> int:
    """How many messages have come over; -1 while nobody can say."""
    with suppress(Exception):
        return int(execute(url, "SELECT count(*) FROM message")[0][0])
    return -1


def test_a_copy_that_was_killed_goes_on(empty_store_url: str, target_url: str) -> None:
    write(empty_store_url, many)
    command = [*COMMAND, "copy", empty_store_url, target_url]
    with subprocess.Popen(command) as process:
        while come(target_url) <= 0:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    with pytest.raises(UnfinishedCopy):
        asyncio.run(check(target_url))
    had = come(target_url)
    told = msgspec.json.decode(smsledger(*command[3:], "--json"))
    assert told["messages"] == MANY - had
    assert told["programs"][0]["messages"] == MANY
    assert told["complete"]

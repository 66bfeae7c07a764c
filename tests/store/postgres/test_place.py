"""A ledger that is found in another database than the one it remembers."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsledger.errors import Unavailable
from smsledger.store import check, open_store
from smsledger.store.engine import TimelineChange
from smsledger.store.errors import UnconfirmedRestore
from smsledger.store.postgres.place import Place, difference
from smsledger.store.store import Store
from tests.databases import Databases, execute
from tests.ha.waiting import until
from tests.making import PROGRAM, make_message
from tests.outermost.ledgers import add_program
from tests.server import Server, smsledger
from tests.store.postgres.conftest import Beside
from tests.store.test_pages import begin, ids

pytestmark = pytest.mark.engines("postgres")

HERE = Place(system_identifier=1, database_oid=2, table_oid=3)
_END_THE_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
PLACE = "SELECT system_identifier, database_oid, table_oid FROM ledger"


@pytest.mark.parametrize(
    ("place", "differs"),
    [
        ((1, 2, 3), None),
        ((None, 2, 3), None),
        ((9, 2, 3), "another PostgreSQL cluster"),
        ((1, 9, 3), "another database"),
        ((None, 9, 3), "another database"),
        ((1, 2, 9), "created again"),
    ],
)
def test_a_place_differs_by_cluster_database_or_table(
    place: tuple[int | None, int, int], differs: str | None
) -> None:
    identifier, database, table = place
    found = Place(system_identifier=identifier, database_oid=database, table_oid=table)
    told = difference(HERE, found)
    assert told == differs or (differs and told and differs in told)


@pytest.fixture
def ledger(empty_store_url: str) -> str:
    """The URL of a ledger with one program, which knows its place."""
    add_program(empty_store_url)
    return empty_store_url


def refusal(url: str) -> str:
    with pytest.raises(UnconfirmedRestore) as refused:
        asyncio.run(check(url))
    return str(refused.value)


def restored_over(ledger: str, databases: Databases, tmp_path: Path) -> None:
    """Take a dump of the ledger and restore it in place, as an operator does."""
    smsledger("backup", str(tmp_path / "ledger.dump"), "--store", ledger)
    databases.cluster.restore(tmp_path / "ledger.dump", ledger, "--clean", "--if-exists")


def test_a_ledger_learns_its_place_when_it_is_first_opened(empty_store_url: str) -> None:
    assert execute(empty_store_url, PLACE) == [(None, None, None)]
    assert asyncio.run(check(empty_store_url)).place_verified
    assert None not in execute(empty_store_url, PLACE)[0]


def test_a_cloned_database_is_refused(ledger: str, databases: Databases) -> None:
    with databases.clone(ledger.rpartition("/")[2]) as clone:
        assert "another database" in refusal(clone)


def test_a_dump_that_is_restored_over_the_ledger_is_refused(
    ledger: str, databases: Databases, tmp_path: Path
) -> None:
    restored_over(ledger, databases, tmp_path)
    assert "created again" in refusal(ledger)


def test_a_running_server_refuses_what_is_restored_under_it_until_that_is_confirmed(
    ledger: str, databases: Databases, tmp_path: Path
) -> None:
    server = Server(ledger)
    try:
        restored_over(ledger, databases, tmp_path)
        until(lambda: httpx.get(f"{server.url}/readyz").status_code == 503)
        smsledger("moved", "--store", ledger)
        server.wait_until_ready()
    finally:
        server.kill()


async def test_a_new_connection_to_another_ledger_is_refused_at_once(
    store: Store, beside: Beside
) -> None:
    await store.epoch()
    await beside.connection.execute("UPDATE ledger SET database_oid = 1")
    await beside.connection.execute(_END_THE_OTHERS)
    for _ in range(2):  # the first may notice only that its connection has ended
        with pytest.raises(Unavailable):
            await store.epoch()


@pytest.fixture
def modest(ledger: str, databases: Databases) -> Iterator[str]:
    """The URL of the ledger for a role that may not read the system identifier."""
    name, database = "modest", ledger.rpartition("/")[2]
    execute(ledger, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    databases.cluster.execute(f"CREATE ROLE {name} LOGIN")
    execute(ledger, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
    yield ledger.replace("postgres@", f"{name}@")
    databases.cluster.execute(f"DROP OWNED BY {name}; DROP ROLE {name}", database)


def logged_at_the_start(url: str, log: Path) -> list[Any]:
    Server(url, log=log).kill()
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def test_without_the_system_identifier_the_oids_are_compared_and_the_log_says_so(
    modest: str, ledger: str, databases: Databases, tmp_path: Path
) -> None:
    assert "place_unverified" in logged_at_the_start(modest, tmp_path / "log")
    with databases.clone(ledger.rpartition("/")[2]) as clone:
        assert "another database" in refusal(clone.replace("postgres@", "modest@"))


def test_a_role_that_may_only_read_can_look_at_a_ledger_that_does_not_know_its_place(
    modest: str, ledger: str
) -> None:
    execute(ledger, "UPDATE ledger SET database_oid = NULL")
    execute(ledger, "REVOKE UPDATE ON ledger FROM modest")
    assert smsledger("program", "list", "--store", modest)
    assert execute(ledger, "SELECT database_oid FROM ledger") == [(None,)]


def test_a_read_store_that_is_another_ledger_is_passed_over(
    ledger: str, databases: Databases
) -> None:
    asyncio.run(_record(ledger, 3))
    with databases.clone(ledger.rpartition("/")[2]) as clone:
        execute(clone, "DELETE FROM message")
        assert asyncio.run(_walked(ledger, clone)) == ["m-0", "m-1", "m-2"]


async def _record(url: str, count: int) -> None:
    store = await open_store(url)
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(count)])
    await store.close()


async def _walked(url: str, read_url: str) -> list[str]:
    store = await open_store(url, read_url=read_url)
    try:
        return (await ids(store, await begin(store), 1))[0]
    finally:
        await store.close()


async def test_a_change_of_the_timeline_is_told_to_one_of_all_servers(
    store_url: str, another_store: Callable[[], AbstractAsyncContextManager[Store]]
) -> None:
    async with another_store() as one, another_store() as other:
        assert [await one.note_timeline(), await other.note_timeline()] == [None, None]
        await asyncio.to_thread(execute, store_url, "UPDATE ledger SET timeline = 7")
        told = await asyncio.gather(one.note_timeline(), other.note_timeline())
        assert sorted(told, key=bool) == [None, TimelineChange(before=7, now=1)]
        assert [await one.note_timeline(), await other.note_timeline()] == [None, None]

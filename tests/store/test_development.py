"""A ledger of the last development build is relabelled in place, an earlier one is refused."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smsledger.ledger.model import Accepted
from smsledger.store import check, migrate, open_store, revision
from smsledger.store.development import CHAIN_COMMIT, INITIAL, LAST_REVISION
from smsledger.store.errors import (
    DevelopmentSchema,
    SchemaAhead,
    SchemaBehind,
    UnconfirmedRestore,
    UnfinishedCopy,
)
from smsledger.store.store import Store
from tests.application import CHANGES, PAGES, SECRET, application
from tests.databases import execute
from tests.making import PROGRAM, make_message, make_program, make_receipt
from tests.server import COMMAND, smsledger

HERE = Path(__file__).parent
RECORDED = {
    "sqlite": HERE / "sqlite/schema_0010.sql",
    "postgres": HERE / "postgres/schema_0009.sql",
}
ROWS = (
    "SELECT last_program_id, reference_version, compatible_since, copy_of, backup_at FROM ledger",
    "SELECT * FROM program_counter",
    "SELECT * FROM consent_words",
    "SELECT * FROM alembic_version",
)
CATALOGUE = {
    "sqlite": (
        "SELECT type, name, tbl_name, sql FROM sqlite_schema",
        """SELECT tables.name, indexes.seq, indexes.name FROM sqlite_schema AS tables
        JOIN pragma_index_list(tables.name) AS indexes""",
    ),
    "postgres": (
        """SELECT oid::regclass::text, relkind::text, relpersistence::text, reloptions,
            relreplident::text, obj_description(oid)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace""",
        """SELECT attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod),
            attnotnull, attidentity::text, attcollation, attstorage::text,
            pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        "SELECT * FROM pg_sequences WHERE schemaname = 'public'",
    ),
}


@contextmanager
def new_database(engine: str, request: pytest.FixtureRequest, name: str) -> Iterator[str]:
    """The URL of a database without a ledger."""
    if engine == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path')}/{name}.db"
        return
    with request.getfixturevalue("databases").clone("template0") as url:
        yield url


@pytest.fixture
def new_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without a ledger."""
    with new_database(engine, request, "new") as url:
        yield url


@pytest.fixture
def expected(engine: str, request: pytest.FixtureRequest) -> list[list[str]]:
    """The catalogue of a ledger that this release created."""
    with new_database(engine, request, "created") as url:
        migrate.upgrade(url)
        return catalogue(engine, url)


@pytest.fixture
def load(engine: str, request: pytest.FixtureRequest) -> Callable[[str, str], object]:
    """Runs SQL of several statements."""
    if engine == "sqlite":
        return execute
    cluster = request.getfixturevalue("databases").cluster
    return lambda url, sql: cluster.execute(sql, url.rpartition("/")[2])


@pytest.fixture
def url(engine: str, new_url: str, load: Callable[[str, str], object]) -> str:
    """The URL of a ledger as the last development build created it."""
    load(new_url, RECORDED[engine].read_text())
    return new_url


@pytest.fixture
async def development(
    engine: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Store]:
    """The ledger as a development build has it open, with a program."""
    monkeypatch.setattr(migrate, "newest", lambda _url: LAST_REVISION[engine])
    opened = await open_store(url)
    await opened.create_program(make_program())
    yield opened
    await opened.close()


def catalogue(engine: str, url: str) -> list[list[str]]:
    """The schema and the rows of an empty ledger, without white space."""
    found = (execute(url, sql) for sql in (*CATALOGUE[engine], *ROWS))
    return [sorted(re.sub(r"\s", "", "|".join(map(str, row))) for row in rows) for rows in found]


def rows(url: str, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table; in PostgreSQL with their places and the transactions that wrote them."""
    place = "" if url.startswith("sqlite") else "ctid::text, xmin::text, "
    return execute(url, f"SELECT {place}* FROM {table}")


def tables(engine: str, url: str) -> list[str]:
    """The names of all tables but that of the revision."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table'",
        "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    }
    return sorted(name for (name,) in execute(url, sql[engine]) if name != "alembic_version")


def test_a_relabelled_ledger_has_the_schema_and_the_rows_of_a_new_one(
    engine: str, url: str, expected: list[list[str]]
) -> None:
    assert catalogue(engine, url) != expected
    migrate.upgrade(url)
    assert catalogue(engine, url) == expected


@pytest.mark.parametrize("created_by", ["development", "us"])
def test_the_printed_statements_do_the_same(
    engine: str,
    new_url: str,
    load: Callable[[str, str], object],
    created_by: str,
    request: pytest.FixtureRequest,
    expected: list[list[str]],
) -> None:
    if created_by == "development":
        request.getfixturevalue("url")
    load(new_url, migrate.sql(new_url, asyncio.run(revision(new_url))))
    assert catalogue(engine, new_url) == expected
    asyncio.run(check(new_url))


async def test_nothing_but_the_label_is_written(engine: str, development: Store, url: str) -> None:
    await development.record_messages(PROGRAM, [make_message(), make_message(id="m-2")])
    await development.record_receipts(PROGRAM, [make_receipt()])
    await development.erase(PROGRAM, ["m-2"])
    await development.close()

    def written() -> dict[str, list[tuple[Any, ...]]]:
        return {table: rows(url, table) for table in tables(engine, url)}

    before = await asyncio.to_thread(written)
    await asyncio.to_thread(migrate.upgrade, url)
    assert await asyncio.to_thread(written) == before
    assert await revision(url) == INITIAL


@pytest.mark.engines("sqlite")
def test_the_file_stays_and_only_the_pages_of_the_label_change(url: str) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    before, inode = file.read_bytes(), file.stat().st_ino
    migrate.upgrade(url)
    after = file.read_bytes()
    assert (file.stat().st_ino, len(after)) == (inode, len(before))
    size = int.from_bytes(before[16:18])
    changed = {at // size + 1 for at in range(100, len(after)) if before[at] != after[at]}
    roots = execute(url, "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'alembic_version'")
    assert changed == {root for (root,) in roots}


@pytest.mark.engines("postgres")
def test_no_table_is_rewritten(url: str) -> None:
    files = "SELECT relname, relfilenode FROM pg_class ORDER BY 1"
    before = execute(url, files)
    migrate.upgrade(url)
    assert execute(url, files) == before


async def test_cursors_tokens_and_secrets_of_the_development_build_go_on(
    development: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await development.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(4)])
    parameters: dict[str, Any] = {"pageSize": 2, "include": "id"}
    async with application(development, url) as api:
        page = (await api.get(PAGES, params=parameters)).raise_for_status().json()
        feed = (await api.get(CHANGES, params={"limit": 9})).raise_for_status().json()
    await development.close()
    monkeypatch.undo()
    with pytest.raises(SchemaBehind):
        await check(url)
    await asyncio.to_thread(migrate.upgrade, url)
    store = await open_store(url)
    await store.record_receipts(PROGRAM, [make_receipt(id="m-3")])
    assert await store.erase(PROGRAM, ["m-0"]) == 1
    async with application(store, url, user="another") as api:
        api.auth = ("tester", SECRET)
        rest = (await api.get(page["meta"]["nextPageUrl"])).raise_for_status().json()
        after = {"after": feed["meta"]["nextToken"]}
        changes = (await api.get(CHANGES, params=after)).raise_for_status().json()
    await store.close()
    assert [message["id"] for message in rest["data"]["messages"]] == ["m-2", "m-3"]
    assert [message["id"] for message in changes["data"]["messages"]] == ["m-3", "m-0"]


async def test_a_server_of_the_development_build_goes_on_and_can_be_restarted(
    development: Store, url: str
) -> None:
    await development.record_messages(PROGRAM, [make_message()])
    await asyncio.to_thread(smsledger, "migrate", "--store", url)
    assert await development.record_messages(PROGRAM, [make_message(id="m-2")]) == [Accepted()]
    assert await revision(url) == INITIAL
    await (await open_store(url)).close()


async def test_a_build_before_the_last_development_build_is_refused(
    engine: str, empty_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = f"{int(LAST_REVISION[engine]) - 1:04}"
    monkeypatch.setattr(migrate, "newest", lambda _url: before)
    with pytest.raises(SchemaAhead):
        await check(empty_store_url)


def test_several_migrations_at_a_time_do_no_harm(url: str) -> None:
    migrating = [subprocess.Popen([*COMMAND, "migrate", "--store", url]) for _ in range(3)]
    assert [process.wait() for process in migrating] == [0, 0, 0]
    assert asyncio.run(revision(url)) == INITIAL


@pytest.mark.parametrize("current", ["0001", "0008"])
def test_an_earlier_ledger_is_refused_and_left_alone(url: str, current: str) -> None:
    execute(url, f"UPDATE alembic_version SET version_num = '{current}'")
    for refused in (migrate.upgrade, lambda url: migrate.sql(url, current)):
        with pytest.raises(DevelopmentSchema, match=f"schema {current} .*commit {CHAIN_COMMIT}"):
            refused(url)
    assert asyncio.run(revision(url)) == current


@pytest.mark.not_in_ci("a checkout there may be shallow")
def test_the_commit_that_is_named_has_the_whole_chain() -> None:
    chain = ["smsledger/store/sqlite/migrations/versions/0010_consent.py"]
    chain += ["smsledger/store/postgres/migrations/versions/0009_consent.py"]
    command = [
        "git",
        "-C",
        str(HERE),
        "ls-tree",
        "--full-tree",
        "--name-only",
        CHAIN_COMMIT,
        *chain,
    ]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout with the whole history")
    assert sorted(listed.stdout.split()) == sorted(chain)


@pytest.mark.parametrize(
    ("state", "error"),
    [("copy_of = 'another'", UnfinishedCopy), ("backup_at = 1", UnconfirmedRestore)],
)
async def test_what_has_to_be_confirmed_has_to_be_confirmed_afterwards(
    url: str, state: str, error: type[Exception]
) -> None:
    await asyncio.to_thread(execute, url, f"UPDATE ledger SET {state}")
    await asyncio.to_thread(smsledger, "migrate", "--store", url)
    with pytest.raises(error):
        await check(url)

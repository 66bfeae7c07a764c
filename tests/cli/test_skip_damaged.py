"""`smsledger copy --skip-damaged`: what can be read is copied, what cannot is listed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from smsledger.cli import opt_outs
from smsledger.errors import Unavailable
from smsledger.ledger import instant
from smsledger.store import open_store
from smsledger.store.store import Store
from tests.cli.conftest import Run, RunSalvage
from tests.damaging import damage, leaves, overflows, overwrite, overwrite_block, zero
from tests.databases import Databases, execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_receipt
from tests.outermost.ledgers import add_program
from tests.store.copying.targets import new_target
from tests.store.test_consent import make_mo

MANY = 300
IDS = "SELECT id FROM message ORDER BY serial"
only_sqlite = pytest.mark.engines("sqlite")


@pytest.fixture
def target_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A store that nobody has used, on the same engine."""
    with new_target(engine, request) as url:
        yield url


@pytest.fixture
def source(empty_store_url: str) -> str:
    """The URL of a ledger whose messages have histories, some with long texts, some erased."""

    async def fill() -> None:
        store = await open_store(empty_store_url)
        bodies = [f"text {n} " + "x" * (9000 if n % 50 == 0 else 300) for n in range(MANY)]
        batch = [
            make_message(id=f"m-{n}", body=body, date=YESTERDAY + n)
            for n, body in enumerate(bodies)
        ]
        await store.record_messages(PROGRAM, batch)
        await store.record_receipts(PROGRAM, [make_receipt(id=f"m-{n}") for n in range(MANY)])
        await store.record_receipts(PROGRAM, [make_receipt(id=f"w-{n}") for n in range(40)])
        await store.erase(PROGRAM, ["m-7"])
        await store.close()

    add_program(empty_store_url)
    asyncio.run(fill())
    return empty_store_url


def ids(url: str) -> list[str]:
    return [message_id for (message_id,) in execute(url, IDS)]


def spoil(source: str, table: str, engine: str, request: pytest.FixtureRequest) -> None:
    cluster = None if engine == "sqlite" else request.getfixturevalue("databases").cluster
    damage(source, table, cluster)


def test_what_can_be_read_of_the_messages_is_copied_and_the_rest_listed(
    run_salvage: RunSalvage,
    source: str,
    target_url: str,
    engine: str,
    request: pytest.FixtureRequest,
) -> None:
    before = ids(source)
    spoil(source, "message", engine, request)
    told = run_salvage(source, target_url, status=3)
    copied = ids(target_url)
    assert 0 < len(before) - len(copied) < 40
    assert [each for each in before if each in copied] == copied
    assert told["programs"][str(PROGRAM)] == len(copied)
    assert {each["table"] for each in told["missing"]} == {"message"}


@only_sqlite
def test_each_missing_message_is_named_by_its_date_and_serial(
    run_salvage: RunSalvage, source: str, target_url: str
) -> None:
    places = dict(execute(source, "SELECT id, serial FROM message"))
    spoil_two(source)
    told = run_salvage(source, target_url, status=3)
    gone = set(places) - set(ids(target_url))
    missing = sorted(each["row"]["serial"] for each in told["missing"])
    assert missing == sorted(places[each] for each in gone)


def spoil_two(source: str) -> None:
    """Two pages of messages, and one of an index that would name those of one of them."""
    pages = leaves(source, "message")
    zero(source, pages[len(pages) // 3])
    zero(source, pages[2 * len(pages) // 3])
    index = leaves(source, "message_change")
    zero(source, index[len(index) // 2])


@only_sqlite
@pytest.mark.parametrize("index", ["message_change", "message_id", "tombstone_erased"])
def test_a_damaged_index_costs_no_row(
    run_salvage: RunSalvage, source: str, target_url: str, index: str
) -> None:
    before = ids(source)
    damage(source, index)
    assert run_salvage(source, target_url)["missing"] == []
    assert ids(target_url) == before


@only_sqlite
def test_a_message_whose_history_is_lost_says_so_in_its_history(
    run_salvage: RunSalvage, source: str, target_url: str
) -> None:
    damage(source, "status_history")
    told = run_salvage(source, target_url, status=3)
    lost = [each["row"]["serial"] for each in told["missing"]]
    assert {each["table"] for each in told["missing"]} == {"status_history"}
    sql = "SELECT serial FROM status_history WHERE text LIKE 'the history was lost%' ORDER BY 1"
    assert [serial for (serial,) in execute(target_url, sql)] == sorted(lost)


@only_sqlite
def test_a_text_with_a_changed_byte_is_missing(
    run_salvage: RunSalvage, source: str, target_url: str
) -> None:
    overwrite(source, overflows(source, "message")[0], 100, b"y")
    told = run_salvage(source, target_url, status=3)
    [missing] = told["missing"]
    assert missing["row"]["id"] not in ids(target_url)
    assert len(ids(target_url)) == MANY - 2


@only_sqlite
def test_a_page_overwritten_in_its_middle_is_read_around(
    run_salvage: RunSalvage, source: str, target_url: str
) -> None:
    pages = leaves(source, "message")
    overwrite(source, pages[len(pages) // 2], 0, b"\xff" * 2000)
    told = run_salvage(source, target_url, status=3)
    assert len(ids(target_url)) + len(told["missing"]) == MANY - 1


def test_the_copy_is_a_ledger_of_its_own_with_counts_of_what_came(
    run_salvage: RunSalvage,
    source: str,
    target_url: str,
    engine: str,
    request: pytest.FixtureRequest,
) -> None:
    spoil(source, "message", engine, request)
    told = run_salvage(source, target_url, status=3)
    assert execute(target_url, "SELECT epoch, copy_of FROM ledger") == [(told["epoch"], None)]
    assert told["epoch"] != execute(source, "SELECT epoch FROM ledger")[0][0]
    [(counted,)] = execute(target_url, "SELECT sum(messages) FROM message_count WHERE period='day'")
    assert counted == len(ids(target_url))
    last = f"SELECT last FROM program_counter WHERE program_id = {PROGRAM}"
    assert execute(target_url, last) == execute(source, last)


@pytest.mark.parametrize("table", ["message", "status_history"])
def test_the_copy_is_sound(
    run: Run,
    run_salvage: RunSalvage,
    source: str,
    target_url: str,
    engine: str,
    request: pytest.FixtureRequest,
    table: str,
) -> None:
    spoil(source, table, engine, request)
    run_salvage(source, target_url, status=3)
    assert run("verify", "--store", target_url, "--json")["sound"]


def test_without_the_option_the_copy_fails_and_names_it(
    run: Run, source: str, target_url: str, engine: str, request: pytest.FixtureRequest
) -> None:
    spoil(source, "message", engine, request)
    told = run("copy", source, target_url, status=1)
    assert "the source is damaged" in told
    assert "--skip-damaged" in told


def test_a_target_that_is_not_empty_is_refused(run: Run, source: str, target_url: str) -> None:
    run("copy", source, target_url)
    assert "name an empty one" in run("copy", "--skip-damaged", source, target_url, status=1)


@pytest.mark.engines("postgres")
def test_messages_of_a_block_of_zeros_are_counted_as_lacking(
    run: Run, run_salvage: RunSalvage, source: str, target_url: str, databases: Databases
) -> None:
    before = ids(source)
    overwrite_block(source, "message", databases.cluster)
    assert "counts: expected" in run("copy", source, target_url, status=1)
    told = run_salvage(source, target_url, status=3)
    lost = len(before) - len(ids(target_url))
    assert lost > 0
    assert (told["missing"], told["lacking"]) == ([], {str(PROGRAM): lost})
    assert run("verify", "--store", target_url, "--json")["sound"]


def test_lost_messages_are_counted_as_lacking(run: Run, source: str, target_url: str) -> None:
    execute(source, "DELETE FROM message WHERE serial IN (3, 4)")
    told = run("copy", "--skip-damaged", source, target_url, status=3, told_by="out")
    assert f"{PROGRAM}\tlacking\t2 messages that the counts contain" in told
    assert f"program {PROGRAM}: counts: expected" in told


def test_lost_counts_lack_no_message_but_are_told(
    run_salvage: RunSalvage, source: str, target_url: str
) -> None:
    execute(source, "DELETE FROM message_count WHERE period = 'day'")
    told = run_salvage(source, target_url, status=3)
    assert {each["check"] for each in told["findings"]} == {"counts"}
    assert (told["lacking"], told["missing"]) == ({}, [])
    assert ids(target_url) == ids(source)


@pytest.mark.parametrize(
    "sql",
    ["UPDATE program_counter SET last = 9 WHERE program_id <> 0", "DELETE FROM program_counter"],
)
def test_the_copy_s_counter_is_above_all_that_was_copied(
    run: Run, run_salvage: RunSalvage, source: str, target_url: str, sql: str
) -> None:
    execute(source, sql)
    told = run_salvage(source, target_url, status=3)
    assert {each["check"] for each in told["findings"]} == {"counter"}
    assert run("verify", "--store", target_url, "--json")["sound"]
    assert ids(target_url) == ids(source)


NUMBERS = [f"1555{n:07}" for n in range(900)]
OPTED_OUT = "SELECT number, short_code, word, serial FROM consent WHERE kind = 'opt_out' ORDER BY 1"


@pytest.fixture
def opted_out(empty_store_url: str) -> str:
    """The URL of a ledger whose handsets have all opted out."""

    async def fill() -> None:
        store = await open_store(empty_store_url)
        await store.record_messages(PROGRAM, [make_mo("STOP", number=each) for each in NUMBERS])
        await store.close()

    add_program(empty_store_url)
    asyncio.run(fill())
    return empty_store_url


def test_opt_outs_of_a_damaged_page_are_found_in_their_messages(
    run: Run,
    run_salvage: RunSalvage,
    opted_out: str,
    target_url: str,
    engine: str,
    request: pytest.FixtureRequest,
) -> None:
    before = execute(opted_out, OPTED_OUT)
    spoil(opted_out, "consent", engine, request)
    told = run_salvage(opted_out, target_url, status=3)
    assert {each["table"] for each in told["missing"]} == {"consent"}
    assert execute(target_url, OPTED_OUT) == before
    assert told["consent"]["missing"] == len(told["missing"])
    assert told["consent"]["numbers"] == len(NUMBERS)
    assert 0 < told["consent"]["changed"] < len(NUMBERS)
    assert execute(target_url, "SELECT rebuild_due_since FROM consent_words") == [(None,)]


@pytest.mark.engines("postgres")
def test_a_row_of_impossible_length_is_read_around(
    run_salvage: RunSalvage, opted_out: str, target_url: str, databases: Databases
) -> None:
    before = execute(opted_out, OPTED_OUT)
    overwrite_block(opted_out, "consent", databases.cluster, b"\xff" * 30, 8192 - 30)
    told = run_salvage(opted_out, target_url, status=3)
    assert [each["table"] for each in told["missing"]] == ["consent"]
    assert execute(target_url, OPTED_OUT) == before


def test_opt_outs_that_no_message_shows_are_told(
    run: Run,
    opted_out: str,
    target_url: str,
    engine: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMSLEDGER_OPT_OUT_WORDS", "ALTO,STOP")
    write(opted_out, lambda store: store.purge(instant.now()))
    spoil(opted_out, "consent", engine, request)
    told = run("copy", "--skip-damaged", opted_out, target_url, status=3, told_by="out")
    assert " of consent cannot be read" in told
    assert "cannot be recovered" in told
    assert 0 < len(execute(target_url, OPTED_OUT)) < len(NUMBERS)


def test_a_rebuild_that_fails_stays_due(
    run: Run,
    opted_out: str,
    target_url: str,
    engine: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(store: Store) -> None:
        raise Unavailable.store()

    monkeypatch.setattr(opt_outs, "rebuild_all", fail)
    spoil(opted_out, "consent", engine, request)
    told = run("copy", "--skip-damaged", opted_out, target_url, status=1)
    assert "smsledger opt-outs rebuild" in told
    assert write(target_url, lambda store: store.note_words()) is not None


def write(url: str, work: Callable[[Store], Awaitable[Any]]) -> Any:
    """Does something to a ledger that nobody has open; what the work returns."""

    async def run() -> Any:
        store = await open_store(url)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())

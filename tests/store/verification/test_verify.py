"""A sound ledger is called sound, whatever is in it; each kind of damage is found and named."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.store import verification
from smsledger.store.copying import open_tables
from smsledger.store.sqlite import marker_of, path_of
from smsledger.store.store import Store
from smsledger.store.tables import MESSAGE, Key, Row, Table, Tables
from smsledger.store.verification import program, sentence
from smsledger.store.verification.bitmap import Bitmap
from tests.damaging import damage, damage_beside, overwrite_block
from tests.databases import Databases, execute
from tests.making import PROGRAM, make_message, make_program, make_receipt
from tests.store.copying.conftest import Untold
from tests.store.copying.test_copy import fill

UNCHECKED = "UPDATE message SET check_value = NULL"
# What happens to the third of five messages, and what is said of it. The rows of the last ones are
# as those of earlier releases, without check values, which would tell everything.
DAMAGE = {
    "another gateway": ("UPDATE message SET gateway = 'x' WHERE serial = 3", "check_value"),
    "another value": ("UPDATE message SET check_value = 1 WHERE serial = 3", "check_value"),
    "another number": ("UPDATE message SET number = '1' WHERE serial = 3", "fragment"),
    "another date": ("UPDATE message SET date = date + 1000000 WHERE serial = 3", "fragment"),
    "no fragment": ("UPDATE message SET fragment = {nothing} WHERE serial = 3", "fragment"),
    "another status": (
        "UPDATE message SET first_status = 'Delivered' WHERE serial = 3",
        'status: expected "Delivered", found "Sent"',
    ),
    "a lost entry": ("DELETE FROM status_history WHERE serial = 4", "history"),
    "a lost message": ("DELETE FROM message WHERE serial = 4", "history: expected a message"),
    "a lost count": ("UPDATE message_count SET messages = 4 WHERE period = 'hour'", "counts"),
    "a lost day": ("DELETE FROM message_count WHERE period = 'day'", "counts: expected day"),
    "a counter gone back": (
        f"UPDATE program_counter SET last = 2 WHERE program_id = {PROGRAM}",
        "counter: expected a counter of 3 or more, found 2",
    ),
    "a number twice": ("UPDATE status_history SET change = 3 WHERE serial = 4", "number 3 once"),
    "an erased message": (
        "INSERT INTO tombstone (program_id, change, id, erased_at) VALUES (121811, 6, 'm-3', 1)",
        "tombstone",
    ),
}


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "STEP", 3)


Verified = Callable[..., Awaitable[verification.Verified]]


@pytest.fixture
def verified(store_url: str) -> Verified:
    """Verifies the ledger; `wrap` may stand before its tables."""

    async def verify(wrap: Callable[..., Any] = lambda tables: tables) -> verification.Verified:
        tables = await open_tables(store_url)
        try:
            return await verification.verify(wrap(tables), Untold())
        finally:
            await tables.close()

    return verify


Spoil = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture
def spoil(store_url: str) -> Spoil:
    """Runs SQL on the ledger, past the store."""

    async def run(sql: str) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(execute, store_url, sql)

    return run


async def test_a_ledger_with_some_of_everything_is_sound(store: Store, verified: Verified) -> None:
    await fill(store)
    await store.erase(PROGRAM, ["m-3", "m-4"])
    await store.record_messages(PROGRAM, [make_message(id="m-3"), make_message(id="m-40")])
    outcome = await verified()
    assert (outcome.sound, outcome.findings, outcome.more) == (True, [], 0)
    [known] = [each for each in outcome.programs if each.program == PROGRAM]
    assert (known.messages, known.unchecked, known.tombstones) == (32, 0, 2)
    assert known.history > 10


async def test_messages_without_a_check_value_are_unchecked_and_sound(
    store: Store, verified: Verified, spoil: Spoil
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(4)])
    await spoil(UNCHECKED)
    outcome = await verified()
    assert outcome.sound
    assert [each.unchecked for each in outcome.programs if each.messages] == [4]


@pytest.mark.parametrize(("sql", "told"), DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_found_and_named(
    store: Store, verified: Verified, spoil: Spoil, engine: str, sql: str, told: str
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(1, 5)])
    await store.record_receipts(PROGRAM, [make_receipt(id="m-4")])
    await spoil("UPDATE program_counter SET last = 10 WHERE program_id = 0")
    if "check_value" not in told:
        await spoil(UNCHECKED)
    await spoil(sql.format(nothing="x'00'" if engine == "sqlite" else "'\\x00'"))
    outcome = await verified()
    lines = [sentence(finding) for finding in outcome.findings]
    assert not outcome.sound
    assert any(line.startswith(f"program {PROGRAM}") and told in line for line in lines), lines
    assert not any("15556667777" in line or "Body" in line for line in lines)


class Circling:
    """Tables that give the same rows whatever they are asked for, as a damaged index can."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    async def rows(self, table: Table, program_id: int | None, after: Key, limit: int) -> list[Row]:
        after = table.lowest if table is MESSAGE else after
        return await self._tables.rows(table, program_id, after, limit)


async def test_rows_out_of_order_are_damage_and_not_read_without_end(
    store: Store, verified: Verified
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(5)])
    outcome = await verified(Circling)
    assert "readable" in {finding.check for finding in outcome.findings}


async def test_findings_are_bounded_and_counted(
    store: Store, verified: Verified, spoil: Spoil
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(150)])
    await spoil("UPDATE message SET gateway = 'x'")
    outcome = await verified()
    assert (len(outcome.findings), outcome.more) == (100, 50)


class Changing:
    """Tables that change before each reading."""

    def __init__(self, tables: Tables, store: Store) -> None:
        self._tables, self._store, self._number = tables, store, 0

    def __getattr__(self, name: str) -> Any:
        async def preceded(*arguments: Any) -> Any:
            if self._number < 40:
                await self._change()
            return await getattr(self._tables, name)(*arguments)

        return preceded

    async def _change(self) -> None:
        self._number += 1
        number = self._number
        await self._store.record_messages(PROGRAM, [make_message(id=f"new-{number}", date=None)])
        receipts = [make_receipt(id=f"m-{n}", text=str(number)) for n in (3, number % 20)]
        await self._store.record_receipts(PROGRAM, receipts)
        await self._store.erase(PROGRAM, [f"m-{20 - number}", f"new-{number - 2}"])


async def test_a_ledger_that_is_written_meanwhile_gives_no_false_alarm(
    store: Store, verified: Verified
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(20)])
    await store.record_receipts(PROGRAM, [make_receipt(id=f"m-{n}") for n in range(20)])
    outcome = await verified(lambda tables: Changing(tables, store))
    assert outcome.findings == []


@pytest.mark.engines("sqlite")
async def test_a_page_that_cannot_be_read_is_damage_and_the_rest_is_still_checked(
    store: Store, store_url: str, verified: Verified, spoil: Spoil
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(200)])
    await store.create_program(make_program(id=7, name="Other", keywords=("OTHER",)))
    await store.record_messages(7, [make_message()])
    await spoil("UPDATE message SET gateway = 'x' WHERE program_id = 7")
    await asyncio.to_thread(damage, store_url)
    outcome = await verified()
    found = {(finding.program, finding.check) for finding in outcome.findings}
    assert {(PROGRAM, "readable"), (7, "check_value"), (None, "integrity")} <= found
    marker_of(path_of(store_url)).unlink()


@pytest.mark.engines("postgres")
async def test_amcheck_runs_where_it_is_there(
    store: Store, verified: Verified, spoil: Spoil
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    assert "CREATE EXTENSION amcheck" in ((await verified()).integrity.not_run or "")
    await spoil("CREATE EXTENSION amcheck")
    assert (await verified()).integrity.not_run is None
    ready = "UPDATE pg_index SET indisready = {} WHERE indexrelid = 'message_number'::regclass"
    await spoil(ready.format("false"))
    await store.record_messages(PROGRAM, [make_message(id="m-2")])
    await spoil(ready.format("true"))
    [finding] = (await verified()).findings
    assert finding.check == "integrity"
    assert finding.found.startswith("message_number: ")


@pytest.mark.engines("postgres")
async def test_a_table_that_amcheck_cannot_read_is_a_finding(
    store: Store, store_url: str, verified: Verified, spoil: Spoil, databases: Databases
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(200)])
    await spoil("CREATE EXTENSION amcheck")
    await damage_beside(store_url, "message", databases.cluster)
    findings = (await verified()).findings
    integrity = [finding.found for finding in findings if finding.check == "integrity"]
    assert any(found.startswith("message: ") for found in integrity)
    assert any(finding.check == "readable" for finding in findings)


def test_numbers_that_lie_far_apart_cost_little() -> None:
    numbers = Bitmap()
    assert [numbers.add(each) for each in (1, 2**62, 1, -5)] == [True, True, False, True]
    assert -5 in numbers
    assert 2 not in numbers


GARBAGE = {
    "a header": (0, b"\xa5" * 24),
    "rows": (4096, b"\xa5" * 4096),
    "texts": (8192 - 30, b"\xff" * 30),
}
UNVERIFIED = {"consent": "consent", "orphan_receipt": "waiting receipts"}


@pytest.mark.engines("postgres")
@pytest.mark.parametrize(("offset", "garbage"), GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize(("table", "what"), UNVERIFIED.items())
async def test_garbage_in_a_table_without_check_values_is_found_without_amcheck(
    store: Store,
    store_url: str,
    verified: Verified,
    databases: Databases,
    table: str,
    what: str,
    offset: int,
    garbage: bytes,
) -> None:
    said = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED, "body": "STOP"}
    everyone = [make_message(id=f"m-{n}", number=f"1555000{n:04}", **said) for n in range(300)]
    await store.record_messages(PROGRAM, everyone)
    await store.record_receipts(PROGRAM, [make_receipt(id=f"w-{n}") for n in range(300)])
    assert (await verified()).sound
    overwrite = partial(overwrite_block, what=garbage, offset=offset)
    await asyncio.to_thread(overwrite, store_url, table, databases.cluster)
    outcome = await verified()
    assert not outcome.sound
    assert {(each.check, each.expected) for each in outcome.findings} == {("readable", what)}

"""Writers that overtake each other: what is numbered earlier and committed later is never lost."""

import asyncio
import random
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Accepted, DeliveryStatus
from smsledger.ledger.walk import PageQuery, Walk
from smsledger.store.postgres.session import PostgresSession
from smsledger.store.posting import Batch, Messages, Receipts
from smsledger.store.store import Store
from smsledger.store.upkeep import erasure, purge
from tests.making import PROGRAM, make_message, make_receipt
from tests.store.postgres.conftest import Beside, engine_of
from tests.store.reading import history_of, message_of, position_of
from tests.store.test_pages import begin, ids

pytestmark = pytest.mark.engines("postgres")

_CHANGES = """
SELECT program_counter.last, ARRAY(
    SELECT change FROM message WHERE program_id = $1 AND change > $2
    UNION ALL SELECT change FROM tombstone WHERE program_id = $1 AND change > $2 ORDER BY change
) FROM program_counter WHERE program_id = $1
"""


async def test_a_walk_that_begins_while_numbers_are_held_sees_neither_them_nor_a_gap(
    store: Store, beside: Beside
) -> None:
    await store.record_messages(PROGRAM, [make_message(id="before")])
    async with beside.connection.transaction():
        await beside.post(Messages([make_message(id="slow")]))
        later = asyncio.create_task(store.record_messages(PROGRAM, [make_message(id="later")]))
        await beside.until_somebody_waits()
        walk = await begin(store)
        assert (walk.pin, (await ids(store, walk))[0]) == (1, ["before"])
    assert await later == [Accepted()]
    assert (await ids(store, walk))[0] == ["before"]
    assert (await ids(store, await begin(store)))[0] == ["before", "slow", "later"]


async def test_numbers_of_a_transaction_that_is_rolled_back_are_drawn_again(
    store: Store, beside: Beside
) -> None:
    transaction = beside.connection.transaction()
    await transaction.start()
    await beside.post(Messages([make_message(id="never"), make_message(id="nor this")]))
    later = asyncio.create_task(store.record_messages(PROGRAM, [make_message(id="later")]))
    await beside.until_somebody_waits()
    await transaction.rollback()
    assert await later == [Accepted()]
    assert (await message_of(store, "later"))["serial"] == 1
    assert (await position_of(store)).last == 1


async def test_a_receipt_that_waits_behind_the_insert_of_its_message_finds_it(
    store: Store, beside: Beside
) -> None:
    async with beside.connection.transaction():
        await beside.post(Messages([make_message()]))
        receipt = asyncio.create_task(store.record_receipts(PROGRAM, [make_receipt()]))
        await beside.until_somebody_waits()
    assert await receipt == [Accepted()]
    assert (await message_of(store))["delivery_status"] == "Delivered"


async def test_a_message_that_waits_behind_its_receipt_finds_it(
    store: Store, beside: Beside
) -> None:
    async with beside.connection.transaction():
        assert await beside.post(Receipts([make_receipt()])) == [Accepted(orphan=True)]
        message = asyncio.create_task(store.record_messages(PROGRAM, [make_message()]))
        await beside.until_somebody_waits()
    assert await message == [Accepted()]
    assert (await message_of(store))["delivery_status"] == "Delivered"
    assert (await store.gauges(0)).orphans == 0


async def test_an_erasure_that_waits_behind_the_insert_of_its_message_finds_it(
    store: Store, beside: Beside
) -> None:
    async with beside.connection.transaction():
        await beside.post(Messages([make_message(), make_message(id="m-2")]))
        erasing = asyncio.create_task(store.erase(PROGRAM, ["m-1"]))
        await beside.until_somebody_waits()
    assert await erasing == 1
    assert (await ids(store, await begin(store)))[0] == ["m-2"]
    await check_whole(store, beside, erased={1})


async def test_a_receipt_that_waits_behind_the_erasure_of_its_message_waits_for_another(
    store: Store, beside: Beside
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    async with beside.connection.transaction():
        session = PostgresSession(beside.connection)
        assert await erasure.under_ids(session, PROGRAM, ["m-1"], ConsentWords()) == 1
        receipt = asyncio.create_task(store.record_receipts(PROGRAM, [make_receipt()]))
        await beside.until_somebody_waits()
    assert await receipt == [Accepted(orphan=True)]
    await store.erase(PROGRAM, ["m-1"])
    await check_whole(store, beside, erased={1})


async def test_a_status_that_waits_behind_a_higher_one_does_not_move_it_back(
    store: Store, beside: Beside
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    error = make_receipt(delivery_status=DeliveryStatus.ERROR)
    async with beside.connection.transaction():
        await beside.post(Receipts([make_receipt()]))
        lower = asyncio.create_task(store.record_receipts(PROGRAM, [error]))
        await beside.until_somebody_waits()
    assert await lower == [Accepted()]
    assert (await message_of(store))["delivery_status"] == "Delivered"
    assert [each["change"] for each in await history_of(store)] == [2, 3]


async def test_what_waits_while_its_program_is_deactivated_is_refused(
    store: Store, beside: Beside
) -> None:
    from smsledger.errors import ProgramInactive
    from smsledger.store.reference import programs

    async with beside.connection.transaction():
        await programs.set_active(PostgresSession(beside.connection), PROGRAM, False)
        late = asyncio.create_task(store.record_messages(PROGRAM, [make_message()]))
        await beside.until_somebody_waits()
    with pytest.raises(ProgramInactive):
        await late


async def test_what_is_posted_while_its_program_is_deleted_leaves_nothing_behind(
    store: Store, beside: Beside
) -> None:
    async def post(name: str) -> None:
        for n in range(100):
            await store.record_messages(PROGRAM, [make_message(id=f"{name}-{n}")])
            await store.record_receipts(PROGRAM, [make_receipt(id=f"{name}-{n}")])
            await store.record_receipts(PROGRAM, [make_receipt(id=f"{name}-{n} to come")])

    posting = [asyncio.create_task(post(name)) for name in "abc"]
    await asyncio.sleep(0.05)
    await store.delete_program(PROGRAM)
    ended = await asyncio.gather(*posting, return_exceptions=True)
    assert all(ended)
    for table in ("message", "status_history", "orphan_receipt", "tombstone"):
        assert await beside.connection.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize("post", ["a receipt", "a waiting receipt"])
async def test_a_receipt_that_slips_in_before_the_last_step_of_a_deletion_goes_too(
    store: Store, beside: Beside, post: str
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    async with beside.connection.transaction():
        message_id = "m-1" if post == "a receipt" else "to come"
        await beside.post(Receipts([make_receipt(id=message_id)]))
        deletion = asyncio.create_task(store._engine.change_reference(purge.program, PROGRAM))
        await beside.until_somebody_waits()
    await deletion
    for table in ("message", "status_history", "orphan_receipt", "tombstone"):
        assert await beside.connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def slowly(beside: Beside, chance: random.Random, batches: Sequence[Batch]) -> None:
    """Post in transactions that stay open for a moment; of some nothing is to remain."""
    for batch in batches:
        transaction = beside.connection.transaction()
        await transaction.start()
        await beside.post(batch)
        await asyncio.sleep(chance.uniform(0, 0.02))
        await (transaction.rollback() if chance.random() < 0.3 else transaction.commit())


async def follow(connection: Any, stop: asyncio.Event) -> list[list[int]]:
    """Read what changed since the last look, again and again; each look's numbers."""
    seen = 0
    looks: list[list[int]] = []
    while not (looks and stop.is_set() and not looks[-1]):
        last, changes = await connection.fetchrow(_CHANGES, PROGRAM, seen)
        assert all(seen < each <= last for each in changes)
        looks.append(changes)
        seen = last
    return looks


async def test_among_many_writers_slow_ones_and_failing_ones_no_change_comes_late(
    store: Store, beside: Beside, another_store: Callable[[], AbstractAsyncContextManager[Store]]
) -> None:
    chance, stop = random.Random(7), asyncio.Event()  # noqa: S311

    async def quickly(name: str, into: Store) -> None:
        for n in range(60):
            await into.record_messages(PROGRAM, [make_message(id=f"{name}-{n}")])
            await into.record_receipts(PROGRAM, [make_receipt(id=f"{name}-{n}")])

    async def erase(from_one: Store) -> None:
        for n in range(30):
            await from_one.record_messages(PROGRAM, [make_message(id=f"gone-{n}")])
            serials.add((await message_of(from_one, f"gone-{n}"))["serial"])
            assert await from_one.erase(PROGRAM, [f"gone-{n}"]) == 1

    serials: set[int] = set()
    slow = [Messages([make_message(id=f"slow-{n}-{m}") for m in range(3)]) for n in range(30)]
    async with another_store() as other, engine_of(store)._database.connection() as reading:
        following = asyncio.create_task(follow(reading, stop))
        writers = [quickly(f"{n}", (store, other)[n % 2]) for n in range(8)]
        writers.append(erase(other))
        await asyncio.gather(slowly(beside, chance, slow), *writers)
        stop.set()
        looks = await following
    assert len([look for look in looks if look]) > 10
    _, latest = await beside.connection.fetchrow(_CHANGES, PROGRAM, 0)
    assert set(latest) <= {change for look in looks for change in look}
    await check_whole(store, beside, erased=serials)
    walked, _ = await ids(store, await begin(store), 7)
    assert len(walked) == len(set(walked))
    assert {f"{n}-{m}" for n in range(8) for m in range(60)} <= set(walked)


async def check_whole(store: Store, beside: Beside, erased: Collection[int] = frozenset()) -> None:
    """Every number up to the counter's was drawn once: by a message, its history, a tombstone.

    Where a message was erased, what was said of it is gone: `erased` numbers are not there.
    """
    last = (await position_of(store)).last
    drawn = await beside.connection.fetch(
        "SELECT serial AS n FROM message WHERE program_id = $1"
        " UNION ALL SELECT change FROM status_history WHERE program_id = $1"
        " UNION ALL SELECT change FROM tombstone WHERE program_id = $1",
        PROGRAM,
    )
    numbers = sorted([*erased, *(row["n"] for row in drawn)])
    assert numbers == list(range(1, last + 1))
    assert (await store.gauges(0)).orphans == 0


async def test_walks_under_such_writers_see_what_was_there_at_their_first_page_once(
    store: Store, beside: Beside, another_store: Callable[[], AbstractAsyncContextManager[Store]]
) -> None:
    async def write(into: Store, name: str) -> None:
        for n in range(80):
            await into.record_messages(PROGRAM, [make_message(id=f"{name}-{n}", date=None)])

    async def walk_on(walks: list[tuple[Walk, list[str]]]) -> None:
        while len(walks) < 20:
            walk = await begin(store, end=2**60)
            walks.append((walk, (await ids(store, walk, 5))[0]))

    walks: list[tuple[Walk, list[str]]] = []
    slow = [Messages([make_message(id=f"slow-{n}")]) for n in range(40)]
    async with another_store() as other:
        work = [write(store, "a"), write(other, "b"), slowly(beside, random.Random(8), slow)]  # noqa: S311
        await asyncio.gather(*work, walk_on(walks))
    everything = await store.page(PageQuery(walk=await begin(store, end=2**60), size=500, number=1))
    assert everything.next_key is None
    for walk, seen in walks:
        assert len(seen) == len(set(seen)) == walk.pin
        serials = [(await message_of(store, each))["serial"] for each in seen]
        assert sorted(serials) == list(range(1, walk.pin + 1))

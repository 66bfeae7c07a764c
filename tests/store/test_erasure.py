"""Erased messages: gone from all pages, with a tombstone in their place."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from smsledger.errors import ProgramNotFound
from smsledger.ledger import instant
from smsledger.ledger.instant import DAY
from smsledger.ledger.model import Accepted
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.store.reading import history_of, message_of, position_of
from tests.store.test_ledger import make_unrouted
from tests.store.test_pages import begin, ids

NUMBER, OTHER = "15550000001", "15550000002"


Rows = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture
def rows(store_url: str) -> Rows:
    """The rows that SQL gives."""

    async def select(sql: str) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(execute, store_url, sql)

    return select


Tombstones = Callable[[], Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture
def tombstones(rows: Rows) -> Tombstones:
    """The numbers and ids of the tombstones, in the order of numbers."""
    return lambda: rows("SELECT change, id FROM tombstone ORDER BY program_id, change")


async def test_an_erased_message_leaves_a_tombstone_with_the_next_number(
    store: Store, rows: Rows, tombstones: Tombstones
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=each) for each in ("a", "b")])
    await store.record_receipts(PROGRAM, [make_receipt(id="a")])
    before = instant.now()
    assert await store.erase(PROGRAM, ["a"]) == 1
    assert await tombstones() == [(4, "a")]
    assert (await position_of(store)).last == 4
    assert (await ids(store, await begin(store)))[0] == ["b"]
    assert await store.message(PROGRAM, "a") is None
    assert await rows("SELECT * FROM status_history") == []
    [(erased_at,)] = await rows("SELECT erased_at FROM tombstone")
    assert before <= erased_at <= instant.now()


async def test_a_walk_under_way_no_longer_sees_what_is_erased(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(10)])
    walk = await begin(store)
    await store.erase(PROGRAM, ["m-3", "m-9"])
    left = [f"m-{n}" for n in range(9) if n != 3]
    assert (await ids(store, walk, 3))[0] == left


async def test_what_is_erased_twice_or_was_never_there_is_no_error(
    store: Store, tombstones: Tombstones
) -> None:
    await store.record_messages(PROGRAM, [make_message(id="a")])
    assert await store.erase(PROGRAM, ["a", "a", "unknown"]) == 1
    assert await store.erase(PROGRAM, ["a"]) == 0
    assert await store.erase(PROGRAM, []) == 0
    assert await tombstones() == [(2, "a")]


async def test_only_a_program_that_is_there_can_be_erased_from(store: Store) -> None:
    await store.create_program(make_program(id=7, name="Gone", keywords=()))
    await store.delete_program(7)
    with pytest.raises(ProgramNotFound):
        await store.erase(NO_PROGRAM, [])
    for absent in (7, 8):
        with pytest.raises(ProgramNotFound):
            await store.erase(absent, [])
        with pytest.raises(ProgramNotFound):
            await store.erase_number(absent, NUMBER)


async def test_a_deactivated_program_is_erased_from_all_the_same(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await store.set_active(PROGRAM, active=False)
    assert await store.erase(PROGRAM, ["m-1"]) == 1


async def test_what_is_ingested_under_an_erased_id_is_a_new_message(
    store: Store, tombstones: Tombstones
) -> None:
    await store.record_messages(PROGRAM, [make_message(), make_message(id="m-2")])
    await store.record_receipts(PROGRAM, [make_receipt()])
    await store.erase(PROGRAM, ["m-1"])
    assert await store.record_messages(PROGRAM, [make_message(body="other")]) == [Accepted()]
    again = await message_of(store)
    assert (again["serial"], again["change"], again["delivery_status"]) == (5, 5, "Sent")
    assert await history_of(store) == []
    assert await store.erase(PROGRAM, ["m-1"]) == 1
    assert await tombstones() == [(4, "m-1"), (6, "m-1")]


async def test_the_messages_of_a_handset_are_erased_in_steps(
    store: Store, tombstones: Tombstones
) -> None:
    theirs = [make_message(id=f"a-{n}", number=NUMBER) for n in range(2500)]
    others = [make_message(id=f"b-{n}", number=OTHER) for n in range(3)]
    await store.record_messages(PROGRAM, [*theirs, *others])
    assert await store.erase_number(PROGRAM, NUMBER) == 2500
    assert (await ids(store, await begin(store)))[0] == ["b-0", "b-1", "b-2"]
    assert [change for change, _ in await tombstones()] == list(range(2504, 5004))
    assert await store.erase_number(PROGRAM, NUMBER) == 0


async def test_many_ids_are_erased_in_steps(store: Store, tombstones: Tombstones) -> None:
    names = [f"m-{n}" for n in range(2500)]
    await store.record_messages(PROGRAM, [make_message(id=each) for each in names])
    assert await store.erase(PROGRAM, names) == 2500
    assert [change for change, _ in await tombstones()] == list(range(2501, 5001))


async def test_receipts_that_wait_under_an_erased_id_or_of_an_erased_number_go_too(
    store: Store, rows: Rows
) -> None:
    waiting = [
        make_receipt(id="a", number=OTHER),
        make_receipt(id="to come"),
        make_receipt(id="of the handset", number=NUMBER),
        make_receipt(id="stays", number=OTHER),
    ]
    await store.record_receipts(PROGRAM, waiting)
    await store.record_messages(PROGRAM, [make_message(id="a", number=NUMBER)])
    assert await store.erase_number(PROGRAM, NUMBER) == 1
    assert await store.erase(PROGRAM, ["to come"]) == 0
    assert await rows("SELECT id FROM orphan_receipt") == [("stays",)]


async def test_a_receipt_for_an_erased_message_waits_as_for_one_that_has_not_come(
    store: Store,
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await store.erase(PROGRAM, ["m-1"])
    assert await store.record_receipts(PROGRAM, [make_receipt()]) == [Accepted(orphan=True)]


async def test_receipts_that_come_in_meanwhile_find_their_message_or_wait(
    store: Store, rows: Rows
) -> None:
    names = [f"m-{n}" for n in range(200)]
    await store.record_messages(PROGRAM, [make_message(id=each) for each in names])
    receipts = [store.record_receipts(PROGRAM, [make_receipt(id=each)]) for each in names]
    erasures = [store.erase(PROGRAM, [each]) for each in names]
    outcomes = await asyncio.gather(*receipts, *erasures)
    assert outcomes[200:] == [1] * 200
    assert await rows("SELECT * FROM status_history") == []
    joined = sum(outcome == [Accepted()] for outcome in outcomes[:200])
    assert (await position_of(store)).last == 400 + joined
    [(last, drawn)] = await rows("SELECT max(change), count(DISTINCT change) FROM tombstone")
    assert (last <= 400 + joined, drawn) == (True, 200)


async def test_tombstones_leave_but_for_the_newest_of_the_old(
    store: Store, rows: Rows, tombstones: Tombstones
) -> None:
    names = [f"m-{n}" for n in range(1200)]
    await store.record_messages(PROGRAM, [make_message(id=each) for each in [*names, "late"]])
    await store.erase(PROGRAM, names)
    between = instant.now() + 1
    await asyncio.sleep(0.01)
    await store.erase(PROGRAM, ["late"])
    assert await store.purge(YESTERDAY - DAY) == 0
    assert len(await tombstones()) == 1201
    await store.purge(between + DAY)
    assert await tombstones() == [(2401, "m-1199"), (2402, "late")]


async def test_a_deleted_program_takes_its_tombstones_with_it(
    store: Store, tombstones: Tombstones
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await store.create_program(make_program(id=7, name="Other", keywords=()))
    await store.record_messages(7, [make_message(id="other's")])
    await store.erase(PROGRAM, ["m-1"])
    await store.erase(7, ["other's"])
    await store.delete_program(PROGRAM)
    assert await tombstones() == [(2, "other's")]


async def test_what_found_no_program_is_erased_under_none(store: Store, rows: Rows) -> None:
    for number in (NUMBER, OTHER):
        await store.keep_unrouted(make_unrouted(id=number, sender=number, short_code="20880"))
        await store.record_receipts(NO_PROGRAM, [make_receipt(id=number, number=number)])
    assert await store.erase_number(NO_PROGRAM, NUMBER) == 1
    assert [each.sender for each in await store.unrouted(0, 9)] == [OTHER]
    assert await rows("SELECT number FROM consent WHERE kind = 'word'") == [(OTHER,)]
    assert await rows("SELECT number FROM orphan_receipt") == [(OTHER,)]
    assert await store.erase_number(NO_PROGRAM, NUMBER) == 0

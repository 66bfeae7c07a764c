"""What is erased at the source is erased in the copy, whenever it happens."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from smsledger.ledger import instant
from smsledger.ledger.model import Accepted
from smsledger.store.copying import Different, Refused
from smsledger.store.store import Store
from tests.conftest import ENGINES
from tests.databases import execute
from tests.making import PROGRAM, make_message, make_receipt
from tests.store.copying.conftest import Between, Copy, Killed, Spoil, There, killed_at, unsealed
from tests.store.copying.test_copy import all_of, fill
from tests.store.reading import stored_message

TOMBSTONES = "SELECT program_id, change, id, erased_at FROM tombstone ORDER BY 1, 2"
IDS = [f"m-{n}" for n in range(3, 20)]


Both = Callable[
    [], Awaitable[tuple[list[tuple[int, int, str, int]], list[tuple[int, int, str, int]]]]
]


@pytest.fixture
def both(store_url: str, spoil: Spoil) -> Both:
    """The tombstones of both ends."""

    async def select() -> tuple[list[tuple[int, int, str, int]], list[tuple[int, int, str, int]]]:
        return await asyncio.to_thread(execute, store_url, TOMBSTONES), await spoil(TOMBSTONES)

    return select


@pytest.mark.parametrize("target_engine", ENGINES)
async def test_tombstones_are_copied_and_counted(
    store: Store, copy: Copy, there: There, both: Both
) -> None:
    await fill(store)
    await store.erase(PROGRAM, [*IDS, "w-2"])
    done = await copy()
    assert [each.tombstones for each in done.programs] == [0, 0, 17]
    source, target = await both()
    assert (source, len(target)) == (target, 17)
    assert await all_of(await there()) == await all_of(store)


@pytest.mark.parametrize("target_engine", ENGINES)
async def test_what_was_erased_since_leaves_the_copy_at_the_next_run(
    store: Store, copy: Copy, there: There, both: Both
) -> None:
    await fill(store)
    await copy()
    await store.erase(PROGRAM, IDS)
    await store.record_messages(PROGRAM, [make_message(id="m-3", body="new"), make_message(id="x")])
    await store.erase(PROGRAM, ["x"])
    done = await copy()
    assert (done.messages, done.complete) == (1, True)
    source, target = await both()
    assert (source, len(target)) == (target, 18)
    copy_of_it = await there()
    assert await all_of(copy_of_it) == await all_of(store)
    assert (await stored_message(copy_of_it, "m-3")).serial > 40


@pytest.mark.parametrize("step", [1, 2, 5])
async def test_what_is_erased_while_it_is_copied_is_erased_in_the_copy(
    store: Store, copy: Copy, there: There, both: Both, step: int
) -> None:
    await fill(store)
    ids = iter([f"m-{n}" for n in range(30)])
    readings = iter(range(10_000))

    async def erase_one() -> None:
        if next(readings) % step == 0 and (one := next(ids, None)):
            await store.erase(PROGRAM, [one])
            await store.record_messages(PROGRAM, [make_message(id=one, body="anew")])

    await copy(wrap=lambda source, target: (Between(source, erase_one), target))
    assert (await copy()).complete
    source, target = await both()
    assert source == target
    assert len(source) > 3
    assert await all_of(await there()) == await all_of(store)


@pytest.mark.parametrize("reading", [0, 2, 3, 5, 8])
async def test_a_copy_that_was_killed_among_erasures_goes_on(
    store: Store, copy: Copy, there: There, both: Both, reading: int
) -> None:
    await fill(store)
    await copy()
    await store.erase(PROGRAM, IDS)
    await store.record_messages(PROGRAM, [make_message(id=each) for each in IDS])
    with pytest.raises(Killed):
        await copy(wrap=killed_at(reading))
    await store.erase(PROGRAM, ["m-5", "m-29"])
    assert (await copy()).complete
    source, target = await both()
    assert (source, len(target)) == (target, 19)
    assert await all_of(await there()) == await all_of(store)


async def test_a_copy_whose_last_message_was_erased_at_the_source_is_taken(
    store: Store, copy: Copy, both: Both
) -> None:
    await fill(store)
    for message_id in ("last", "another"):
        await store.record_messages(PROGRAM, [make_message(id=message_id)])
        await copy()
        await store.erase(PROGRAM, [message_id])
        assert (await copy()).complete
    source, target = await both()
    assert source == target


async def test_a_copy_in_which_something_was_erased_since_is_refused(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    await copy()
    await (await there()).erase(PROGRAM, ["m-1"])
    with pytest.raises(Refused, match="has been used"):
        await copy()
    await store.record_messages(PROGRAM, [make_message(id="mine"), make_message(id="more")])
    with pytest.raises(Refused, match="has been used"):
        await copy()


async def test_tombstones_that_have_left_the_source_leave_the_copy(
    store: Store, copy: Copy, both: Both
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=each) for each in IDS])
    await store.erase(PROGRAM, IDS)
    await copy()
    await store.purge(instant.now() + instant.DAY + 1)
    assert (await copy()).complete
    source, target = await both()
    assert source == target
    assert len(source) == 1  # the newest, which says what is forgotten


async def test_a_tombstone_that_was_changed_is_named(
    store: Store, copy: Copy, spoil: Spoil
) -> None:
    await fill(store)
    await store.erase(PROGRAM, IDS)
    with pytest.raises(Killed):
        await copy(wrap=unsealed)
    await spoil("UPDATE tombstone SET id = 'other' WHERE id = 'm-7'")
    with pytest.raises(Different, match=r"tombstone \(change \d+\) differs in the target: id"):
        await copy()


async def test_numbers_go_on_after_the_last_tombstone(
    store: Store, copy: Copy, there: There
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await store.erase(PROGRAM, ["m-1"])
    await copy()
    copy_of_it = await there()
    assert await copy_of_it.record_receipts(PROGRAM, [make_receipt()]) == [Accepted(orphan=True)]
    await copy_of_it.record_messages(PROGRAM, [make_message()])
    assert (await stored_message(copy_of_it)).serial == 3

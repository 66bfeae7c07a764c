"""Requests that are committed together: what one of them does to the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from smsledger.errors import Unavailable
from smsledger.ledger.model import Accepted, Outcome
from smsledger.store.postgres import posting
from smsledger.store.posting import Messages
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message, make_program
from tests.store.postgres.conftest import Beside, engine_of
from tests.store.reading import position_of
from tests.store.test_consent import make_mo

pytestmark = pytest.mark.engines("postgres")

# What the database says of some rows. A sequence is not rolled back: it counts the attempts.
_REFUSAL = """
CREATE SEQUENCE attempts;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.id LIKE 'refused%' AND nextval('attempts') <= {times} THEN
        RAISE EXCEPTION 'refused' USING ERRCODE = '{code}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse();
"""
DEADLOCK, SERIALIZATION, OTHER = "40P01", "40001", "P0001"


def post(store: Store, *ids: str, program_id: int = PROGRAM) -> asyncio.Task[list[Outcome]]:
    messages = [make_message(id=each) for each in ids]
    return asyncio.create_task(store.record_messages(program_id, messages))


async def add_programs(store: Store, *program_ids: int) -> None:
    for each in program_ids:
        await store.create_program(make_program(id=each, name=f"{each}", keywords=()))


async def test_requests_that_wait_for_one_program_are_committed_together(
    store: Store, beside: Beside
) -> None:
    async with beside.connection.transaction():
        await beside.post(Messages([make_message(id="holds the counter")]))
        first = post(store, "first")
        await beside.until_somebody_waits()
        waiting = [post(store, f"m-{n}") for n in range(50)]
        await asyncio.sleep(0)
    assert await asyncio.gather(first, *waiting) == [[Accepted()]] * 51
    written = "SELECT count(DISTINCT xmin::text) FROM message"
    assert await beside.connection.fetchval(written) == 3


@pytest.mark.parametrize("code", [DEADLOCK, SERIALIZATION])
async def test_a_transaction_that_another_was_in_the_way_of_is_done_again(
    store: Store, beside: Beside, code: str
) -> None:
    await beside.connection.execute(_REFUSAL.format(times=2, code=code))
    assert await post(store, "refused twice", "beside it") == [Accepted()] * 2
    assert (await position_of(store)).last == 2


async def test_when_the_attempts_run_out_it_is_told_and_nothing_is_stored(
    store: Store, beside: Beside
) -> None:
    await beside.connection.execute(_REFUSAL.format(times=1000, code=DEADLOCK))
    with pytest.raises(Unavailable):
        await post(store, "refused always")
    assert (await position_of(store)).last == 0
    assert await post(store, "another") == [Accepted()]


async def test_a_batch_that_the_database_refuses_fails_alone(store: Store, beside: Beside) -> None:
    await beside.connection.execute(_REFUSAL.format(times=1000, code=OTHER))
    async with beside.connection.transaction():
        await beside.post(Messages([make_message(id="holds the counter")]))
        tasks = [post(store, name) for name in ("first", "good", "refused", "good too")]
        await beside.until_somebody_waits()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, Exception) for each in outcomes] == [False, False, True, False]
    assert (await position_of(store)).last == 4


@asynccontextmanager
async def every_lane_taken(store: Store, beside: Beside) -> AsyncIterator[None]:
    """What is posted in the block waits, and is taken by the first lane that gets free."""
    lanes = engine_of(store)._writer._most_lanes
    others = range(11, 11 + lanes)
    await add_programs(store, *others)
    part = beside.connection.transaction()
    await part.start()
    await beside.hold(*others)
    taken = [post(store, "in the way", program_id=each) for each in others]
    await beside.until_somebody_waits(lanes)
    yield
    await asyncio.sleep(0)  # what was posted in the block has arrived
    await part.rollback()
    await asyncio.gather(*taken)


async def test_programs_that_wait_together_are_committed_together(
    store: Store, beside: Beside
) -> None:
    await add_programs(store, 1, 2)
    async with every_lane_taken(store, beside):
        tasks = [post(store, "m", program_id=each) for each in (2, 1, PROGRAM)]
    assert await asyncio.gather(*tasks) == [[Accepted()]] * 3
    written = "SELECT count(DISTINCT xmin::text) FROM message WHERE id = 'm'"
    assert await beside.connection.fetchval(written) == 1


async def test_a_program_that_is_held_elsewhere_holds_up_no_other_that_waits_with_it(
    store: Store, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "WAIT_SECONDS", 1)
    await add_programs(store, 1, 2)
    async with beside.connection.transaction():
        await beside.hold(1)
        async with every_lane_taken(store, beside):
            stored, free = (post(store, "m", program_id=each) for each in (1, 2))
        assert await free == [Accepted()]
        with pytest.raises(Unavailable):
            await stored


async def test_a_deadlock_with_a_stranger_is_survived(store: Store, beside: Beside) -> None:
    """The store holds one program's counter and waits for another's, which a stranger has."""
    await add_programs(store, 1, 2)
    await beside.connection.execute("SET deadlock_timeout = '30s'")  # so the store's notices first
    async with beside.connection.transaction():
        await beside.hold(2)
        async with every_lane_taken(store, beside):
            tasks = [post(store, "m", program_id=each) for each in (1, 2)]
        await beside.until_somebody_waits()
        await beside.hold(1)
    assert await asyncio.gather(*tasks) == [[Accepted()], [Accepted()]]
    async with asyncio.timeout(10):
        while await deadlocks(beside) != 1:  # noqa: ASYNC110 (sessions report when they like)
            await asyncio.sleep(0.05)


async def test_batches_over_several_programs_do_not_deadlock_whatever_order_they_came_in(
    store: Store, another_store: Callable[[], AbstractAsyncContextManager[Store]], beside: Beside
) -> None:
    programs = list(range(1, 7))
    await add_programs(store, *programs)

    async def write(into: Store, order: list[int], name: str) -> None:
        for n in range(30):
            tasks = [post(into, f"{name}-{n}", program_id=each) for each in order]
            await asyncio.gather(*tasks)

    async with another_store() as other:
        await asyncio.gather(write(store, programs, "a"), write(other, programs[::-1], "b"))
    for each in programs:
        assert (await position_of(store, each)).last == 60
    assert await deadlocks(beside) == 0


async def deadlocks(beside: Beside) -> int:
    await beside.connection.execute("SELECT pg_stat_force_next_flush()")
    counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    found: int = await beside.connection.fetchval(counted)
    return found


async def test_a_message_is_judged_by_the_keywords_that_its_program_has_once_it_has_waited(
    store: Store, beside: Beside
) -> None:
    """It waited while the keyword was added, so a rebuild in that time did not see the message."""
    said = make_mo("COME")
    async with beside.connection.transaction():
        await beside.hold(PROGRAM)
        waiting = asyncio.create_task(store.record_messages(PROGRAM, [said]))
        await beside.until_somebody_waits()
        await beside.connection.execute(
            "INSERT INTO program_keyword VALUES ('20880', 'COME', $1)", PROGRAM
        )
    assert await waiting == [Accepted()]
    query = "SELECT word FROM consent WHERE kind = 'opt_in'"
    assert await beside.connection.fetchval(query) == "COME"

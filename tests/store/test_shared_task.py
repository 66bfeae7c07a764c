"""Work that concurrent callers share."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from smsledger.store.shared_task import SharedTask


class Work:
    """Runs that end when they are told to; their results are 1, 2, …"""

    def __init__(self) -> None:
        self.shared: SharedTask[int] = SharedTask()
        self.started = 0
        self.most_at_a_time = 0
        self.failure: Exception | None = None
        self._under_way = 0
        self._end = asyncio.Event()

    async def __call__(self) -> int:
        self.started += 1
        number = self.started
        self._under_way += 1
        self.most_at_a_time = max(self.most_at_a_time, self._under_way)
        try:
            await self._end.wait()
            if self.failure:
                raise self.failure
            return number
        finally:
            self._under_way -= 1

    async def end(self, *callers: asyncio.Task[int]) -> list[int | BaseException]:
        """Let all runs end; what the callers get."""
        self._end.set()
        return await asyncio.gather(*callers, return_exceptions=True)


Call = Callable[[Work], Awaitable[asyncio.Task[int]]]


@pytest.fixture(params=["join", "run_after"])
def call(request: pytest.FixtureRequest) -> Call:
    """Starts a caller of one of the two methods. They differ only in which run a caller gets."""

    async def start(work: Work) -> asyncio.Task[int]:
        caller = asyncio.create_task(getattr(work.shared, request.param)(work))
        await turns()
        return caller

    return start


async def turns() -> None:
    """Let every task go on until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def work() -> Work:
    return Work()


async def test_a_cancelled_caller_does_not_cancel_the_others(call: Call, work: Work) -> None:
    first, second = await call(work), await call(work)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    assert await work.end(second) == [work.started]


async def test_the_work_of_a_single_cancelled_caller_runs_to_its_end(
    call: Call, work: Work
) -> None:
    caller = await call(work)
    caller.cancel()
    await turns()
    joined = asyncio.create_task(work.shared.join(work))
    assert await work.end(joined) == [1]


async def test_an_error_reaches_every_caller(call: Call, work: Work) -> None:
    work.failure = ValueError("away")
    callers = [await call(work) for _ in range(3)]
    failures = await work.end(*callers)
    assert [str(failure) for failure in failures] == ["away"] * 3


async def test_the_next_caller_after_the_end_starts_a_new_run(call: Call, work: Work) -> None:
    assert await work.end(await call(work)) == [1]
    assert await work.end(await call(work)) == [2]


async def test_the_next_caller_after_an_error_starts_a_new_run(call: Call, work: Work) -> None:
    work.failure = ValueError("away")
    await work.end(await call(work))
    work.failure = None
    assert await work.end(await call(work)) == [2]


async def test_there_is_one_run_at_a_time(call: Call, work: Work) -> None:
    callers = [await call(work) for _ in range(4)]
    await work.end(*callers)
    assert work.most_at_a_time == 1


async def test_who_joins_gets_the_run_that_is_under_way(work: Work) -> None:
    callers = [asyncio.create_task(work.shared.join(work)) for _ in range(3)]
    assert await work.end(*callers) == [1, 1, 1]


async def test_who_runs_after_shares_the_run_behind_the_one_under_way(work: Work) -> None:
    first = asyncio.create_task(work.shared.run_after(work))
    await turns()
    behind = [asyncio.create_task(work.shared.run_after(work)) for _ in range(3)]
    await turns()
    assert work.started == 1
    assert await work.end(first, *behind) == [1, 2, 2, 2]

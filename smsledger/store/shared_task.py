"""Work that concurrent callers share, so that it is done once for all of them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedTask(Generic[T]):
    """Runs work in a task of its own, at most one at a time.

    A caller that is cancelled leaves the task running for the others. An error of the work is
    raised for every caller that waits for it.
    """

    def __init__(self) -> None:
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def join(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result of the run that is under way, or else of a new one."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(work())
        return await asyncio.shield(self._running)

    async def run_after(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result of a run that starts after this call.

        A run that is under way may have read the ledger before the call. The next one starts when
        that ends, for all callers until then.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._start_after(self._running, work))
        return await asyncio.shield(self._next)

    async def _start_after(
        self, other: asyncio.Task[T] | None, work: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        if other is not None:
            await asyncio.wait([other])
        self._running, self._next = self._next, None
        return await work()

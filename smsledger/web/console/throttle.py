"""How often somebody may try to sign in and fail."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from smsledger.errors import TooManyAttempts

# Of one address. Secrets are 256 random bits: this is for the log's sake, not for theirs.
FAILURES = parse("10 per 5 minutes")


class Throttle:
    """Counts failures of each address, in this process.

    `failures` are the errors that an attempt ends with where it fails.
    """

    def __init__(self, *failures: type[Exception]) -> None:
        self._failures = failures
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._under_way: Counter[str] = Counter()

    @asynccontextmanager
    async def attempt(self, address: str) -> AsyncIterator[None]:
        """Let an attempt pass, and count it if it fails.

        Those that are under way may all fail yet, so each has a place from its beginning: else any
        number of them could pass at the same time.

        Raises:
            TooManyAttempts: too many have failed.
        """
        self._under_way[address] += 1
        try:
            await self._admit(address, self._under_way[address])
            yield
        except self._failures:
            await self._limiter.hit(FAILURES, address)
            raise
        finally:
            self._under_way -= Counter([address])  # none is left of those that are at nought

    async def _admit(self, address: str, place: int) -> None:
        stats = await self._limiter.get_window_stats(FAILURES, address)
        if stats.remaining < place:
            free_at = time.time() if stats.remaining else stats.reset_time
            raise TooManyAttempts(max(1, round(free_at - time.time())))

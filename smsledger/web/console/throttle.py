"""Limits failed attempts to sign in."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from smsledger.errors import TooManyAttempts
from smsledger.web.client_address import subscriber_of

# Secrets have 256 random bits and cannot be guessed: the limit protects the log.
FAILURES = parse("10 per 5 minutes")


class Throttle:
    """Counts the failed attempts of each subscriber, in this process.

    The secret is checked even beyond the limit, so an attacker at the same address cannot lock out
    the owner of a correct secret. An attempt takes the same time before and beyond the limit.
    """

    def __init__(self, *failures: type[Exception]) -> None:
        self._failures = failures
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    @asynccontextmanager
    async def attempt(self, address: str) -> AsyncIterator[None]:
        """Count the attempt if it ends with one of the failures.

        Raises:
            TooManyAttempts: instead of the failure, once too many attempts have failed.
        """
        try:
            yield
        except self._failures as error:
            subscriber = subscriber_of(address)
            if not await self._limiter.hit(FAILURES, subscriber):
                raise TooManyAttempts(await self._seconds(subscriber)) from error
            raise

    async def _seconds(self, subscriber: str) -> int:
        stats = await self._limiter.get_window_stats(FAILURES, subscriber)
        return max(1, round(stats.reset_time - time.time()))

"""How often somebody may try to sign in and fail."""

import time

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from smsledger.errors import TooManyAttempts

# Of one address. Secrets are 256 random bits: this is for the log's sake, not for theirs.
FAILURES = parse("10 per 5 minutes")


class Throttle:
    """Counts failures of each address, in this process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def check(self, address: str) -> None:
        """Let an attempt pass.

        Raises:
            TooManyAttempts: too many have failed.
        """
        if await self._limiter.test(FAILURES, address):
            return
        stats = await self._limiter.get_window_stats(FAILURES, address)
        raise TooManyAttempts(max(1, round(stats.reset_time - time.time())))

    async def failed(self, address: str) -> None:
        """An attempt has failed."""
        await self._limiter.hit(FAILURES, address)

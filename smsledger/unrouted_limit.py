"""The limit for messages that wait for a program: an alarm before it, a retryable refusal at it.

Without a limit, messages to a code that no program has fill the disk, and then the messages of
every program are refused.
"""

import asyncio
import time

from smsledger import events
from smsledger.errors import UnroutedFull
from smsledger.model import Unrouted
from smsledger.store.protocol import Store

ALARM = 0.8  # of the limit
# A count takes longer the more messages wait. So it is made once for this many new messages, as a
# share of the limit, and without new ones it may take this share of the time.
_GROWTH = 0.01
_SHARE = 0.05
_MOST_SECONDS = 60.0  # between two counts while messages arrive


class UnroutedLimit:
    """Keeps unrouted messages while fewer than the limit wait; one for each process.

    A message does not cost a count. Ordinals grow with every message of every process, so at most
    as many messages have come since the last count as the highest ordinal has advanced. The
    messages are counted again only when that could have led to the alarm or to the limit, or when
    the last count is old. So does the count follow when messages leave.

    Requests that are under way at the same time may exceed the limit by their number.
    """

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._level = 0  # 1: the alarm was reached, 2: the limit
        self._counted, self._newest = 0, -1
        self._began = self._due = 0.0
        self._counting = asyncio.Lock()

    async def keep(self, message: Unrouted) -> None:
        """Keep a message.

        Raises:
            UnroutedFull: the limit is reached; the gateway has to send the message again.
        """
        newest = await self._store.newest_unrouted()
        if self._must_count(newest):
            async with self._counting:
                if self._must_count(newest):
                    await self._count(newest)
        if self._at_most(newest) >= self._limit:
            raise UnroutedFull(self._limit)
        await self._store.keep_unrouted(message)

    def _at_most(self, newest: int) -> int:
        """Return how many messages wait at most."""
        return self._counted + max(0, newest - self._newest)

    def _must_count(self, newest: int) -> bool:
        now = time.monotonic()
        if self._newest < 0:
            return True
        if now < self._due and newest - self._newest < self._limit * _GROWTH:
            return False
        level = self._limit if self._level else self._limit * ALARM
        is_old = newest < self._newest or now > self._began + _MOST_SECONDS
        return is_old or self._at_most(newest) >= level

    async def _count(self, newest: int) -> None:
        """Count the messages. Log that they have come to the alarm or to the limit, once."""
        self._began = time.monotonic()
        self._counted = await self._store.count_unrouted(self._limit)
        self._newest = newest
        now = time.monotonic()
        self._due = now + (now - self._began) / _SHARE
        level = (self._counted >= self._limit * ALARM) + (self._counted >= self._limit)
        if level > self._level:
            events.unrouted_alarm(self._counted, self._limit)
        self._level = level

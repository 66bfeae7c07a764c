"""The limit of unrouted messages: an alarm before it, a retryable error at it.

Without a limit, messages to a code that no program has fill the disk, and then the messages of
every program are refused.
"""

import asyncio
import time

from smsledger import events
from smsledger.errors import UnroutedFull
from smsledger.ledger.model import Unrouted
from smsledger.store.protocol import Store

ALARM = 0.8  # of the limit
# Counting takes longer the more messages wait. So they are counted once per this many new messages,
# as a share of the limit. Without new messages, counting may take this share of the time.
_GROWTH = 0.01
_SHARE = 0.05
_MOST_SECONDS = 60.0  # between two counts while messages arrive


class UnroutedLimit:
    """Keeps unrouted messages while fewer than the limit wait; one for each process.

    Not every message needs a count. Ordinals grow with every message of every process, so the
    highest ordinal shows how many messages at most were added since the last count. Messages are
    counted again only if these could have reached the alarm or the limit, or if the last count is
    old. So the count also follows when messages are removed.

    Simultaneous requests may exceed the limit by their number.
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
        """Return the highest possible number of unrouted messages."""
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
        """Count the messages. Log once when they reach the alarm or the limit."""
        self._began = time.monotonic()
        self._counted = await self._store.count_unrouted(self._limit)
        self._newest = newest
        now = time.monotonic()
        self._due = now + (now - self._began) / _SHARE
        level = (self._counted >= self._limit * ALARM) + (self._counted >= self._limit)
        if level > self._level:
            events.unrouted_alarm(self._counted, self._limit)
        self._level = level

"""The limit of unrouted messages: an alarm before it, a retryable error at it.

Without a limit, messages to a code that no program has fill the disk, and then the messages of
every program are refused.
"""

import asyncio
import time
from collections.abc import Callable

from smsledger import events
from smsledger.errors import UnroutedFull
from smsledger.ledger.model import Credential, Unrouted
from smsledger.store.store import Store

ALARM = 0.8  # of the limit
# How much of the limit credentials limited to programs may use. A credential for one program must
# not be able to fill the list, because then the messages of all others are refused.
LIMITED_SHARE = 0.5
# Counting takes longer the more messages wait. So they are counted once per this many new messages,
# as a share of the limit. Without new messages, counting may take this share of the time.
_GROWTH = 0.01
_SHARE = 0.05
_MOST_SECONDS = 60.0  # between two counts while messages arrive


class UnroutedLimit:
    """Keeps unrouted messages while fewer than the limit wait; one for each process.

    Messages of credentials that are limited to programs are refused earlier, as soon as half of the
    limit is reached by messages of any credential.

    Not every message needs a count. Ordinals grow with every message of every process, so the
    highest ordinal shows how many messages at most were added since the last count. Messages are
    counted again only if these could have reached the alarm or the limit, or if the last count is
    old. So the count also follows when messages are removed.

    Simultaneous requests may exceed the limit by their number.
    """

    def __init__(
        self, store: Store, limit: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._limit = limit
        self._limited = max(1, int(limit * LIMITED_SHARE))
        self._clock = clock
        # By limit. 1: the alarm was reached, 2: the limit.
        self._levels = {self._limited: 0, self._limit: 0}
        self._counted, self._newest = 0, -1
        self._began = self._due = 0.0
        self._counting = asyncio.Lock()

    async def keep(self, message: Unrouted, credential: Credential) -> None:
        """Keep a message; do nothing if it is stored already, even at the limit.

        Args:
            message: which message.
            credential: the gateway's; its programs decide which limit applies.

        Raises:
            UnroutedFull: the limit is reached; the gateway has to send the message again.
        """
        limit = self._limited if credential.programs else self._limit
        newest = await self._store.newest_unrouted()
        if self._must_count(newest, limit):
            async with self._counting:
                if self._must_count(newest, limit):
                    await self._count(newest, limit)
        if self._at_most(newest) >= limit and not await self._store.has_unrouted(message):
            raise UnroutedFull(limit, limited_credential=bool(credential.programs))
        await self._store.keep_unrouted(message)

    def _at_most(self, newest: int) -> int:
        """Return the highest possible number of unrouted messages."""
        return self._counted + max(0, newest - self._newest)

    def _must_count(self, newest: int, limit: int) -> bool:
        now = self._clock()
        if self._newest < 0:
            return True
        if now < self._due and newest - self._newest < self._limit * _GROWTH:
            return False
        level = limit if self._levels[limit] else limit * ALARM
        is_old = newest < self._newest or now > self._began + _MOST_SECONDS
        return is_old or self._at_most(newest) >= level

    async def _count(self, newest: int, limit: int) -> None:
        """Count the messages. Log once when they reach the alarm or the limit of this message."""
        self._began = self._clock()
        self._counted = await self._store.count_unrouted(self._limit)
        self._newest = newest
        now = self._clock()
        self._due = now + (now - self._began) / _SHARE
        for each, before in self._levels.items():
            level = (self._counted >= each * ALARM) + (self._counted >= each)
            if each == limit and level > before:
                events.unrouted_alarm(self._counted, limit)
            self._levels[each] = level if each == limit else min(level, before)

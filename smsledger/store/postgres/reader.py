"""Where a page is read: from a replica that has what it needs, else from the primary."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from smsledger.errors import ProgramNotFound, StoreDamaged, Unavailable
from smsledger.ledger.feed import FeedPage, FeedQuery
from smsledger.ledger.walk import Page, PageQuery, is_foreign
from smsledger.store.page_plan import is_short
from smsledger.store.postgres import changes, pages
from smsledger.store.postgres.connection import WAIT_SECONDS, translated
from smsledger.store.postgres.database import READ_SECONDS, Database
from smsledger.store.session import T

# A replica that answers later than this, or not at all, is left alone for a while.
REPLICA_SECONDS = 5
REPLICA_PAUSE = 30


class Reader:
    """Pages, from the replica of the primary if there is one."""

    def __init__(self, primary: Database, replica: Database | None, searches: int) -> None:
        self._primary = primary
        self._replica = replica
        self._away_until = 0.0
        self._long = asyncio.Semaphore(searches)

    async def close(self) -> None:
        """Let go of the replica."""
        if self._replica is not None:
            await self._replica.close()

    async def page(self, query: PageQuery) -> Page:
        """One page; those that search more than they show do not take all connections."""
        if is_short(query):
            return await self._page(query, REPLICA_SECONDS)
        async with self._turn():
            return await self._page(query, READ_SECONDS)

    async def changes(self, query: FeedQuery) -> FeedPage:
        """A step of the feed, from the primary; those neither take all connections."""
        return await self.search(changes.read, query)

    async def search(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """The result of work that may read a while, on the primary."""
        async with self._turn(), self._primary.connection() as connection:
            return await work(connection, *arguments)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        with translated():
            async with asyncio.timeout(WAIT_SECONDS):
                await self._long.acquire()
        try:
            yield
        finally:
            self._long.release()

    async def _page(self, query: PageQuery, patience: float) -> Page:
        if self._replica and not query.pins and time.monotonic() >= self._away_until:
            page = await self._page_of_replica(self._replica, query, patience)
            if page is not None:
                return page
        return await _page_of(self._primary, query)

    async def _page_of_replica(
        self, replica: Database, query: PageQuery, patience: float
    ) -> Page | None:
        """None when it is away, damaged, or not as far as the walk's pin: then ask the primary.

        Damage to a replica's disk is told to the operator; the primary has pages of its own.
        """
        try:
            async with asyncio.timeout(patience):
                page = await _page_of(replica, query)
        except ProgramNotFound:
            return None
        except (Unavailable, StoreDamaged, TimeoutError):
            self._away_until = time.monotonic() + REPLICA_PAUSE
            return None
        return None if is_foreign(query, page) else page


async def _page_of(database: Database, query: PageQuery) -> Page:
    async with database.connection() as connection:
        return await pages.read(connection, query)

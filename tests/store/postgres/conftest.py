"""Connections beside the store's, for transactions that a test begins and ends as it likes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import pytest

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome
from smsledger.store import open_store
from smsledger.store.postgres import posting
from smsledger.store.postgres.engine import PostgresEngine
from smsledger.store.posting import Batch
from smsledger.store.store import Store
from tests.making import PROGRAM

_WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
_HOLD = "SELECT FROM program_counter WHERE program_id = $1 FOR UPDATE"


def engine_of(store: Store) -> PostgresEngine:
    """The engine behind a store."""
    assert isinstance(store._engine, PostgresEngine)
    return store._engine


class Beside:
    """A session of its own on the store's database."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def post(self, batch: Batch, program_id: int = PROGRAM) -> list[Outcome]:
        """Post a batch by the product's own code, inside whatever transaction is open."""
        begun = await posting.begin(self.connection, program_id, [batch], ConsentWords())
        outcomes = batch.post(begun)
        await posting.write(self.connection, begun)
        return outcomes

    async def hold(self, *program_ids: int) -> None:
        """Hold the counters of programs until the transaction, or its part, is over."""
        for each in program_ids:
            await self.connection.execute(_HOLD, each)

    async def until_somebody_waits(self, count: int = 1, seconds: float = 10) -> None:
        """Return as soon as so many sessions wait for a lock."""
        async with asyncio.timeout(seconds):
            while await self.connection.fetchval(_WAITING) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.fixture
async def beside(store_url: str) -> AsyncIterator[Beside]:
    connection = await asyncpg.connect(store_url)
    yield Beside(connection)
    await connection.close()


@pytest.fixture
def another_store(store_url: str) -> Callable[[], AbstractAsyncContextManager[Store]]:
    """Opens the same ledger once more, as another server process does."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Store]:
        other = await open_store(store_url)
        try:
            yield other
        finally:
            await other.close()

    return opened

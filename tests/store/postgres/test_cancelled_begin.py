"""A transaction that is cancelled while it begins leaves nothing open on its connection."""

import asyncio
from contextlib import suppress

import pytest

from smsledger.store.store import Store
from tests.databases import execute
from tests.store.postgres.conftest import engine_of

pytestmark = pytest.mark.engines("postgres")


@pytest.mark.parametrize("steps", range(12))
async def test_what_is_committed_after_a_cancelled_begin_is_committed(
    store: Store, store_url: str, steps: int
) -> None:
    async def nothing(_connection: object) -> None:
        pass

    cancelled = asyncio.create_task(engine_of(store)._database.transact(nothing))
    for _ in range(steps):
        await asyncio.sleep(0)
    cancelled.cancel()
    with suppress(asyncio.CancelledError):
        await cancelled
    await store.create_campaign("Kept")
    stored = "SELECT name FROM campaign WHERE name = 'Kept'"
    assert await asyncio.to_thread(execute, store_url, stored) == [("Kept",)]

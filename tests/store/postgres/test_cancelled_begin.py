"""A transaction that is cancelled while it begins leaves nothing open on its connection."""

import asyncio
from contextlib import suppress

import pytest

from tests.databases import execute

pytestmark = pytest.mark.engines("postgres")


@pytest.mark.parametrize("steps", range(12))
async def test_what_is_committed_after_a_cancelled_begin_is_committed(store, store_url, steps):
    async def nothing(_connection):
        pass

    cancelled = asyncio.create_task(store._engine._database.transact(nothing))
    for _ in range(steps):
        await asyncio.sleep(0)
    cancelled.cancel()
    with suppress(asyncio.CancelledError):
        await cancelled
    await store.create_campaign("Kept")
    stored = "SELECT name FROM campaign WHERE name = 'Kept'"
    assert await asyncio.to_thread(execute, store_url, stored) == [("Kept",)]

"""Commits that wait for a replica which does not come."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from smsledger.errors import Unavailable
from smsledger.ledger.model import Duplicate
from smsledger.store import open_store
from smsledger.store.postgres import transaction, writer
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message
from tests.store.postgres.conftest import Beside
from tests.store.reading import position_of, program_of

pytestmark = pytest.mark.engines("postgres")


@pytest.fixture
async def waiting(
    store_url: str, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Store]:
    """A store whose commits wait for a replica that is not there; nobody waits for them long."""
    for module in (transaction, writer):
        monkeypatch.setattr(module, "TRANSACTION_SECONDS", 1)
    database = await beside.connection.fetchval("SELECT current_database()")
    await beside.connection.execute(f"ALTER DATABASE {database} SET synchronous_commit = on")
    await replicas(beside, "nobody")
    opened = await open_store(store_url)
    yield opened
    await replicas(beside, "")
    await opened.close()


async def replicas(beside: Beside, names: str) -> None:
    await beside.connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
    await beside.connection.execute("SELECT pg_reload_conf()")


async def test_they_are_not_acknowledged_and_neither_is_the_same_message_again(
    waiting: Store, beside: Beside
) -> None:
    for _ in range(3):
        with pytest.raises(Unavailable):
            await waiting.record_messages(PROGRAM, [make_message()])
    assert (await position_of(waiting, PROGRAM)).last == 0  # nobody sees what may still be lost
    await replicas(beside, "")
    async with asyncio.timeout(20):
        while (await position_of(waiting, PROGRAM)).last == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert await waiting.record_messages(PROGRAM, [make_message()]) == [Duplicate()]
    assert (await position_of(waiting, PROGRAM)).last == 1


async def test_pages_are_read_meanwhile(waiting: Store, store: Store) -> None:
    with pytest.raises(Unavailable):
        await waiting.record_messages(PROGRAM, [make_message()])
    assert (await position_of(waiting, PROGRAM)).newest is None
    assert (await program_of(waiting)).id == PROGRAM


async def test_who_gives_up_leaves_no_error_behind(waiting: Store) -> None:
    unheard = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    changing = asyncio.create_task(waiting.set_active(PROGRAM, active=False))
    await asyncio.sleep(0.3)
    changing.cancel()
    await asyncio.wait([changing])
    assert changing.cancelled()
    await asyncio.sleep(0.1)  # the connection's end comes to be known
    del changing
    gc.collect()
    assert unheard == []

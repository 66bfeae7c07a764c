"""A ledger of the schema before tombstones gets them."""

import asyncio

import pytest

from smsledger.store import check, migrate, open_store
from smsledger.store.errors import SchemaBehind
from tests.databases import execute
from tests.making import PROGRAM, make_message
from tests.store.old_ledger import insert_message, new_old_ledger
from tests.store.test_pages import begin, ids

BEFORE = {"sqlite": "0002", "postgres": "0001"}


@pytest.fixture
def old_url(engine, request):
    """A ledger of the schema before."""
    with new_old_ledger(engine, BEFORE, request) as url:
        yield url


async def test_a_ledger_with_messages_is_migrated_and_then_erased_from(old_url):
    with pytest.raises(SchemaBehind):
        await check(old_url)
    for serial, message_id in enumerate(("a", "b"), 1):
        await asyncio.to_thread(insert_message, old_url, serial, id=message_id)
    await asyncio.to_thread(migrate.upgrade, old_url)
    store = await open_store(old_url)
    await store.record_messages(PROGRAM, [make_message(id="c")])
    assert await store.erase(PROGRAM, ["a"]) == 1
    assert (await ids(store, await begin(store)))[0] == ["b", "c"]
    await store.close()
    tombstones = await asyncio.to_thread(execute, old_url, "SELECT change, id FROM tombstone")
    assert tombstones == [(4, "a")]

"""A ledger of the schema before counts is counted when it is migrated."""

import asyncio
from functools import partial

import pytest

from smsledger.ledger.instant import DAY, EARLIEST, HOUR
from smsledger.store import check, migrate, open_store
from smsledger.store.errors import SchemaAhead
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message
from tests.store.old_ledger import insert_message, new_old_ledger
from tests.store.test_counts import KEPT, counted_anew, counts

BEFORE = {"sqlite": "0003", "postgres": "0002"}


@pytest.fixture
def old_url(engine, request):
    """A ledger of the schema before."""
    with new_old_ledger(engine, BEFORE, request) as url:
        yield url


@pytest.fixture
def migrated_url(old_url):
    """The ledger with some messages, migrated."""
    dates = (YESTERDAY, YESTERDAY, YESTERDAY - 2 * HOUR, YESTERDAY - 3 * DAY, -1, EARLIEST)
    for serial, date in enumerate(dates, 1):
        network = None if serial % 2 else "T-Mobile"
        segments = None if serial % 3 else serial
        insert_message(old_url, serial, date=date, network=network, segments=segments)
    insert_message(old_url, 7, type="MO", delivery_status="Received")
    migrate.upgrade(old_url)
    return old_url


async def test_what_is_there_is_counted(migrated_url):
    rows = partial(asyncio.to_thread, execute, migrated_url)
    assert set(await rows(KEPT)) == await counted_anew(rows)


async def test_a_migrated_ledger_goes_on_counting(migrated_url):
    store = await open_store(migrated_url)
    await store.record_messages(PROGRAM, [make_message(id="new")])
    assert sum(each.messages for each in await counts(store, start=0)) == 6
    await store.close()


async def test_a_release_that_does_not_count_is_refused(migrated_url, engine, monkeypatch):
    monkeypatch.setattr(migrate, "newest", lambda _url: BEFORE[engine])
    with pytest.raises(SchemaAhead):
        await check(migrated_url)

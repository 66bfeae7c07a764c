"""A ledger of the schema before marks and places can be served, and its backups are marked."""

import asyncio

import pytest

from smsledger.store import check, migrate, open_store
from smsledger.store.errors import UnconfirmedRestore
from tests.databases import execute
from tests.making import PROGRAM, make_message
from tests.store.old_ledger import insert_message, new_old_ledger

BEFORE = {"sqlite": "0007", "postgres": "0006"}


@pytest.fixture
def migrated_url(engine, request):
    """A ledger with a message, of the schema before, which is migrated then."""
    with new_old_ledger(engine, BEFORE, request) as url:
        insert_message(url, 1, id="a")
        migrate.upgrade(url)
        yield url


async def test_a_filled_ledger_is_served_after_its_migration(migrated_url):
    await check(migrated_url)
    store = await open_store(migrated_url)
    await store.record_messages(PROGRAM, [make_message(id="b")])
    assert await store.counter(PROGRAM) == 2
    await store.close()


@pytest.mark.engines("sqlite")
async def test_its_backups_are_marked(migrated_url, tmp_path):
    store = await open_store(migrated_url)
    await store.backup(tmp_path / "copy.db")
    await store.close()
    with pytest.raises(UnconfirmedRestore, match="a backup, made at"):
        await check(f"sqlite:///{tmp_path}/copy.db")


@pytest.mark.engines("postgres")
async def test_it_learns_its_place(migrated_url):
    await check(migrated_url)
    known = "SELECT database_oid IS NOT NULL FROM ledger"
    assert await asyncio.to_thread(execute, migrated_url, known) == [(True,)]

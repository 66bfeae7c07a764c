"""A ledger of the schema before tombstones, in use, gets them."""

import asyncio

import pytest
from alembic import command

from smsledger.store import check, migrate, open_store
from smsledger.store.protocol import SchemaBehind
from tests.databases import execute
from tests.making import PROGRAM, make_message, make_program
from tests.store.test_pages import begin, ids

BEFORE = {"sqlite": "0002", "postgres": "0001"}


@pytest.fixture
def old_url(engine, tmp_path, request):
    """An empty ledger of the schema before."""
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path}/old.db"
        command.upgrade(migrate._config(url), BEFORE[engine])
        yield url
        return
    with request.getfixturevalue("databases").clone("template0") as url:
        command.upgrade(migrate._config(url), BEFORE[engine])
        yield url


async def test_a_ledger_in_use_is_migrated_and_then_erased_from(old_url, monkeypatch, engine):
    with pytest.raises(SchemaBehind):
        await check(old_url)
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "newest", lambda _url: BEFORE[engine])
        store = await open_store(old_url)
        await store.create_program(make_program())
        await store.record_messages(PROGRAM, [make_message(id="a"), make_message(id="b")])
        await asyncio.to_thread(migrate.upgrade, old_url)
        await store.record_messages(PROGRAM, [make_message(id="c")])
    assert await store.erase(PROGRAM, ["a"]) == 1
    assert (await ids(store, await begin(store)))[0] == ["b", "c"]
    await store.close()
    tombstones = await asyncio.to_thread(execute, old_url, "SELECT change, id FROM tombstone")
    assert tombstones == [(4, "a")]

"""What a process remembers of programs and credentials, and when it forgets."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.errors import Unavailable
from smsledger.ledger.instant import DAY
from smsledger.ledger.model import Credential, Scope
from smsledger.store import open_store
from smsledger.store.postgres.database import Database
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_program
from tests.store.postgres.conftest import Beside, engine_of
from tests.store.reading import credential_of, program_of

pytestmark = pytest.mark.engines("postgres")

READER = Credential(username="reader", scopes=frozenset({Scope.EXPORT}))


async def test_a_credential_that_another_process_revokes_is_refused_at_once(
    store: Store, another_store: Callable[[], AbstractAsyncContextManager[Store]]
) -> None:
    await store.create_credential(READER, digest_of("secret"))
    async with another_store() as other:
        for _ in range(3):
            assert await other.credential("reader") is not None
        await store.revoke_credential("reader")
        assert await other.credential("reader") is None


async def test_a_rotation_and_a_new_program_are_known_at_once(
    store: Store, another_store: Callable[[], AbstractAsyncContextManager[Store]]
) -> None:
    await store.create_credential(READER, digest_of("secret"))
    async with another_store() as other:
        assert len((await credential_of(other, "reader")).secrets) == 1
        assert await other.program(7) is None
        await store.rotate_credential("reader", digest_of("new"), YESTERDAY + 9 * DAY)
        await store.create_program(make_program(id=7, name="New", keywords=("NEW",)))
        assert len((await credential_of(other, "reader")).secrets) == 2
        assert (await program_of(other, 7)).name == "New"
        assert await other.route("20880", "NEW") == 7


async def test_what_is_known_is_not_asked_again(store: Store, beside: Beside) -> None:
    await store.create_credential(READER, digest_of("secret"))
    await store.credential("reader")
    await beside.connection.execute("ALTER TABLE credential RENAME TO elsewhere")
    for _ in range(3):
        assert (await credential_of(store, "reader")).username == "reader"
        assert (await program_of(store)).id == PROGRAM


async def test_many_who_ask_at_a_time_share_the_question(
    store: Store,
    another_store: Callable[[], AbstractAsyncContextManager[Store]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked_for = []
    ping = Database.ping

    def counted(database: Database, sql: str) -> Coroutine[Any, Any, Any]:
        asked_for.append(sql)
        return ping(database, sql)

    monkeypatch.setattr(Database, "ping", counted)
    await store.create_credential(READER, digest_of("secret"))
    async with another_store() as other:
        asked = [asyncio.create_task(other.credential("reader")) for _ in range(200)]
        assert {each and each.username for each in await asyncio.gather(*asked)} == {"reader"}
        await store.revoke_credential("reader")
        asked = [asyncio.create_task(other.credential("reader")) for _ in range(200)]
        assert set(await asyncio.gather(*asked)) == {None}
        assert len(asked_for) <= 4


async def test_names_that_nobody_has_do_not_fill_the_memory(store: Store) -> None:
    for n in range(1500):
        assert await store.credential(f"nobody {n}") is None
    assert len(engine_of(store)._reference_cache._answers) <= 1001
    assert await store.credential("nul \0 byte") is None


async def test_a_ledger_that_becomes_unfit_while_it_is_away_is_not_served(
    store_url: str, beside: Beside
) -> None:
    """As it is when the database comes back from somewhere else."""
    opened = await open_store(store_url)
    await beside.connection.execute("UPDATE ledger SET copy_of = 'another'")
    with pytest.raises(Unavailable):
        await opened.epoch()
    await beside.connection.execute("UPDATE ledger SET copy_of = NULL")
    assert await opened.epoch()
    await opened.close()

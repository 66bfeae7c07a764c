"""Migrations of a ledger in use: the release before goes on, and nobody queues behind a lock."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.config import Config

from smsledger.ledger.model import Accepted
from smsledger.store import migrate, open_store, revision
from smsledger.store.development import INITIAL, LAST_REVISION
from smsledger.store.errors import NotMigrated
from smsledger.store.store import Store
from tests.databases import Databases
from tests.making import PROGRAM, make_message
from tests.server import COMMAND, smsledger
from tests.store.postgres.conftest import Beside
from tests.store.test_pages import begin, ids

pytestmark = pytest.mark.engines("postgres")

OURS = Path(migrate.__file__).parent / "postgres/migrations"
NEXT = """
from alembic import op

revision = "9999"
down_revision = "{newest}"

def upgrade():
    op.execute("ALTER TABLE message ADD COLUMN colour text")
"""


@pytest.fixture
def next_release(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Migrates to a schema that this release does not know, as the next release does."""
    folder = shutil.copytree(OURS, tmp_path / "migrations")
    newest = migrate.newest(store_url)
    (folder / "versions/9999_next.py").write_text(NEXT.format(newest=newest))
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = store_url
    monkeypatch.setattr(migrate, "_config", lambda _url: config)
    return lambda: migrate.upgrade(store_url)


async def test_the_release_before_goes_on_under_the_next_one_s_schema(
    store: Store, store_url: str, next_release: Callable[[], None]
) -> None:
    await store.record_messages(PROGRAM, [make_message(id="before")])
    walk = await begin(store)
    assert (await ids(store, walk))[0] == ["before"]
    await asyncio.to_thread(next_release)
    assert (await ids(store, walk))[0] == ["before"]
    assert await store.record_messages(PROGRAM, [make_message(id="after")]) == [Accepted()]
    restarted = await open_store(store_url)
    assert (await ids(restarted, await begin(restarted)))[0] == ["before", "after"]
    await restarted.close()


async def test_a_migration_that_does_not_get_its_lock_gives_up_and_can_be_tried_again(
    store: Store, beside: Beside, next_release: Callable[[], None]
) -> None:
    async with beside.connection.transaction():
        await beside.connection.fetch("SELECT * FROM message")
        migration = asyncio.create_task(asyncio.to_thread(next_release))
        await beside.until_somebody_waits()
        behind = asyncio.create_task(store.record_messages(PROGRAM, [make_message()]))
        with pytest.raises(NotMigrated, match="lock timeout"):
            await migration
        assert await behind == [Accepted()]
    await asyncio.to_thread(next_release)
    assert await store.record_messages(PROGRAM, [make_message(id="m-2")]) == [Accepted()]


def test_two_migrations_at_a_time_do_no_harm(engine: str, databases: Databases) -> None:
    with databases.clone("template0") as url:
        migrating = [subprocess.Popen([*COMMAND, "migrate", "--store", url]) for _ in range(3)]
        assert [each.wait() for each in migrating] == [0, 0, 0]
        assert smsledger("program", "list", "--store", url, "--json") == "[]\n"


async def test_a_relabelling_that_is_killed_has_changed_nothing_and_can_be_repeated(
    store: Store, store_url: str, beside: Beside
) -> None:
    execute = beside.connection.execute
    await execute(f"UPDATE alembic_version SET version_num = '{LAST_REVISION['postgres']}'")
    async with beside.connection.transaction():
        await execute("SELECT FROM alembic_version FOR UPDATE")
        migrating = await asyncio.create_subprocess_exec(*COMMAND, "migrate", "--store", store_url)
        await beside.until_somebody_waits(seconds=60)  # the process has to start
        migrating.kill()
        await migrating.wait()
    assert await revision(store_url) == LAST_REVISION["postgres"]
    assert await asyncio.to_thread(smsledger, "migrate", "--store", store_url)
    assert await revision(store_url) == INITIAL


def test_what_is_printed_is_what_is_run_with_its_timeouts(store_url: str) -> None:
    assert migrate.sql(store_url, migrate.newest(store_url)) == ""
    printed = migrate.sql(store_url, None)
    first = printed.index("CREATE TABLE message (")
    assert max(printed.index(f"{name}_timeout") for name in ("lock", "statement")) < first
    assert "INSERT INTO alembic_version" in printed

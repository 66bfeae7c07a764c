"""Migrations: alembic with plain SQL, forward only, a chain for each engine."""

import io
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from smsledger.store.engine import engine_of
from smsledger.store.protocol import NotMigrated


def upgrade(url: str) -> None:
    """Bring the store at `url` to this release's schema; does nothing where it is there.

    Raises:
        NotMigrated: a statement failed; nothing was changed.
    """
    try:
        command.upgrade(_config(url), "head")
    except (DBAPIError, asyncpg.PostgresError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise NotMigrated(f"nothing was migrated: {reason}") from error


def newest(url: str) -> str:
    """The revision that this release needs, of the engine that the URL names."""
    return str(ScriptDirectory.from_config(_config(url)).get_current_head())


def sql(url: str, current: str | None) -> str:
    """The statements that bring a store from its revision (None: it is empty) to the newest."""
    if current == newest(url):
        return ""
    printed = io.StringIO()
    command.upgrade(_config(url, printed), f"{current or 'base'}:head", sql=True)
    return printed.getvalue()


def _config(url: str, printed: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=printed)
    folder = Path(__file__).parent / engine_of(url) / "migrations"
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = url
    return config

"""Migrations: alembic with plain SQL, forward only, a chain for each engine."""

import io
import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from smsledger.errors import StoreDamaged
from smsledger.store import development, sqlite
from smsledger.store.damage import Damage
from smsledger.store.errors import NotMigrated
from smsledger.store.postgres.connection import DAMAGED, DatabaseError
from smsledger.store.url import engine_of

# Alembic works with drivers of its own, so their errors are not those that the engines translate.
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_POSTGRES_DAMAGED = {kind.sqlstate for kind in DAMAGED}


def upgrade(url: str) -> None:
    """Bring the store at `url` to this release's schema; does nothing where it is there.

    Raises:
        NotMigrated: a statement failed; nothing was changed.
        DevelopmentSchema: the store is too old for this release; nothing was changed.
        StoreDamaged: the server cannot read it, or has marked it as damaged.
    """
    damage = Damage()
    if engine_of(url) == "sqlite":
        damage = Damage(sqlite.marker_of(sqlite.path_of(url)))
    damage.require_none()
    try:
        command.upgrade(_config(url), "head")
    except (DBAPIError, DatabaseError) as error:
        if _is_damage(getattr(error, "orig", error)):
            damage.note(error)
            raise StoreDamaged(str(getattr(error, "orig", error))) from error
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise NotMigrated(f"nothing was migrated: {reason}") from error


def _is_damage(error: object) -> bool:
    """Return whether either of the two drivers reports a damaged file or table."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the code says where
    return primary in _SQLITE_DAMAGED or getattr(error, "sqlstate", None) in _POSTGRES_DAMAGED


def newest(url: str) -> str:
    """The revision that this release needs, of the engine that the URL names."""
    return str(ScriptDirectory.from_config(_config(url)).get_current_head())


def sql(url: str, current: str | None) -> str:
    """The statements that bring a store from its revision (None: it is empty) to the newest.

    Raises:
        DevelopmentSchema: the revision is too old for this release.
    """
    if current == newest(url):
        return ""
    printed = io.StringIO()
    config = _config(url, printed)
    config.attributes["current"] = current
    start = development.INITIAL if development.is_development(current) else current or "base"
    command.upgrade(config, f"{start}:head", sql=True)
    return printed.getvalue()


def _config(url: str, printed: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=printed)
    folder = Path(__file__).parent / engine_of(url) / "migrations"
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = url
    return config

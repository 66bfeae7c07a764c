"""Migrations: alembic with plain SQL, forward only."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def upgrade(url: str) -> None:
    """Bring the store at `url` to this release's schema; does nothing where it is there."""
    command.upgrade(_config(url), "head")


def newest() -> str:
    """The revision that this release needs."""
    head = ScriptDirectory.from_config(_config("")).get_current_head()
    return str(head)


def current(url: str) -> str | None:
    """The revision that the store at `url` has; None where it was never migrated."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config

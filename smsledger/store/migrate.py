"""Migrations: alembic with plain SQL, forward only."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def upgrade(url: str) -> None:
    """Bring the store at `url` to this release's schema; does nothing where it is there."""
    command.upgrade(_config(url), "head")


def newest() -> str:
    """The revision that this release needs."""
    head = ScriptDirectory.from_config(_config("")).get_current_head()
    return str(head)


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config

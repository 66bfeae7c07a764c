"""Migrations: alembic with plain SQL, forward only, a chain for each engine."""

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from smsledger.store.engine import engine_of


def upgrade(url: str) -> None:
    """Bring the store at `url` to this release's schema; does nothing where it is there."""
    command.upgrade(_config(url), "head")


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

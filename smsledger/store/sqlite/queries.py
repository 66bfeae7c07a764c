"""The queries of SQLite, by name."""

from pathlib import Path
from types import SimpleNamespace

from smsledger.store.queries import COMMON, load

SQL = SimpleNamespace(**load(COMMON, Path(__file__).parent / "queries.sql"))

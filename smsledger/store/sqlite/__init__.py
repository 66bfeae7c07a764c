"""The embedded engine: SQLite, one file, any number of processes."""

from smsledger.store.sqlite.connection import condition, marker_of, path_of, revision
from smsledger.store.sqlite.engine import SqliteEngine

__all__ = ["SqliteEngine", "condition", "marker_of", "path_of", "revision"]

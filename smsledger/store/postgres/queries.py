"""The queries of `queries.sql`, by name."""

from pathlib import Path

from smsledger.store import queries

SQL = queries.load(Path(__file__).parent / "queries.sql")

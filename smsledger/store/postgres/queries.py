"""The queries of PostgreSQL, by name, and the names of the values of those that name them."""

from pathlib import Path
from types import SimpleNamespace

from smsledger.store.queries import COMMON, load, numbered

_NUMBERED = {
    name: numbered(sql) for name, sql in load(COMMON, Path(__file__).parent / "queries.sql").items()
}
SQL = SimpleNamespace(**{name: sql for name, (sql, _) in _NUMBERED.items()})
NAMES = {name: names for name, (_, names) in _NUMBERED.items()}

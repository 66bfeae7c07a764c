"""The store: one protocol, an engine behind it."""

from smsledger.store import migrate
from smsledger.store.protocol import SchemaBehind, Store
from smsledger.store.sqlite import SqliteStore
from smsledger.store.sqlite.connection import SCHEME, path_of


def open_store(url: str) -> Store:
    """The store at a URL `sqlite:///FILE`.

    Raises:
        ValueError: no engine has that scheme.
        SchemaBehind: it is not there, or not migrated to this release.
    """
    check(url)
    return SqliteStore(path_of(url))


def check(url: str) -> None:
    """Raise as `open_store` does, and open nothing."""
    if not url.startswith(SCHEME):
        raise ValueError(f"the store must be a URL {SCHEME}FILE")
    if not path_of(url).exists():
        raise SchemaBehind("there is no ledger yet")
    current, needed = migrate.current(url), migrate.newest()
    if current != needed:
        raise SchemaBehind(f"the ledger has schema {current}, this release needs {needed}")

"""The store: one protocol, an engine behind it."""

from smsledger.store import migrate
from smsledger.store.protocol import SchemaAhead, SchemaBehind, Store
from smsledger.store.sqlite import SqliteStore
from smsledger.store.sqlite.connection import SCHEME, path_of, revision


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
    current, needed = revision(path_of(url)), migrate.newest()
    if current is None:
        raise SchemaBehind("there is no ledger yet")
    if current > needed:
        raise SchemaAhead(f"the ledger has schema {current}, this release knows {needed} at most")
    if current != needed:
        raise SchemaBehind(f"the ledger has schema {current}, this release needs {needed}")

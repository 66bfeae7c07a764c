"""The store: one protocol, two engines behind it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from smsledger.errors import Unavailable
from smsledger.store import migrate, postgres, sqlite
from smsledger.store.damage import Damage
from smsledger.store.engine import engine_of
from smsledger.store.protocol import SchemaAhead, SchemaBehind, Store, UnfinishedCopy


async def open_store(
    url: str,
    *,
    read_url: str = "",
    connections: int = 10,
    shared: Path | None = None,
    on_damage: Callable[[str], None] = lambda _: None,
) -> Store:
    """The store at a URL `sqlite:///FILE` or `postgresql://…`.

    Args:
        url: where the ledger is.
        read_url: a replica of it, which answers pages once it has what they need; PostgreSQL only.
        connections: to PostgreSQL, at most; the replica gets as many.
        shared: a directory of the processes of one server. Those on PostgreSQL tell each other
            there of damage, until the server ends; a ledger in a file has its own place for that.
        on_damage: called with the reason when this process learns of damage.

    Raises:
        ValueError: no engine has that scheme.
        StoreDamaged: a ledger in a file cannot be opened for damage.
        SchemaBehind, SchemaAhead, UnfinishedCopy: see `check`.
    """
    if engine_of(url) == "sqlite":
        await check(url)
        file = sqlite.path_of(url)
        return sqlite.SqliteStore(file, Damage(sqlite.marker_of(file), on_damage))
    # A server that is up before its database waits for it: requests get 503 meanwhile, and it is
    # checked then, as whenever connections are made anew.
    with suppress(Unavailable):
        await check(url)
    return postgres.PostgresStore(
        url,
        read_url=read_url,
        connections=connections,
        check=lambda: _admit(url),
        damage=Damage(shared and shared / "damaged", on_damage),
        replica_damage=Damage(None, lambda reason: on_damage(f"the replica: {reason}")),
    )


async def revision(url: str) -> str | None:
    """The schema revision of the store at the URL; None where there is no ledger yet.

    Raises:
        ValueError: no engine has that scheme.
        Unavailable: it cannot be reached.
    """
    found: str | None = await _engine(url).revision(url)
    return found


async def check(url: str) -> None:
    """Whether the store at the URL can be served by this release.

    Raises:
        ValueError: no engine has that scheme.
        SchemaBehind: it is not there, or not migrated to this release.
        SchemaAhead: it was migrated by a release that leaves this one behind.
        UnfinishedCopy: another ledger is being copied into it.
        Unavailable: it cannot be reached.
    """
    current, needed = await revision(url), migrate.newest(url)
    if current is None:
        raise SchemaBehind("there is no ledger yet")
    if current < needed:
        raise SchemaBehind(f"the ledger has schema {current}, this release needs {needed}")
    condition = await _engine(url).condition(url)
    if condition.compatible_since > needed:
        raise SchemaAhead(f"the ledger has schema {current}, this release knows {needed}")
    if condition.copy_of is not None:
        raise UnfinishedCopy("another ledger is being copied into this one")


async def _admit(url: str) -> None:
    """Raise `Unavailable` for a store that this release cannot serve, or not yet."""
    try:
        await check(url)
    except (SchemaBehind, SchemaAhead, UnfinishedCopy, ValueError) as error:
        raise Unavailable.store() from error


def _engine(url: str) -> ModuleType:
    return sqlite if engine_of(url) == "sqlite" else postgres

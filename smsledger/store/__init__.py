"""The store: one class, two engines behind it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from smsledger.errors import Unavailable
from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.store import migrate, postgres, sqlite
from smsledger.store.damage import Damage
from smsledger.store.engine import Condition
from smsledger.store.errors import SchemaAhead, SchemaBehind, UnconfirmedRestore, UnfinishedCopy
from smsledger.store.store import Store
from smsledger.store.url import engine_of


async def open_store(
    url: str,
    *,
    read_url: str = "",
    connections: int = 10,
    shared: Path | None = None,
    on_damage: Callable[[str], None] = lambda _: None,
    unconfirmed: bool = False,
    words: ConsentWords = ConsentWords(),  # noqa: B008 (frozen)
) -> Store:
    """The store at a URL `sqlite:///FILE` or `postgresql://…`.

    Args:
        url: where the ledger is.
        read_url: a replica of it, which answers pages once it has what they need; PostgreSQL only.
        connections: to PostgreSQL, at most; the replica gets as many.
        shared: a directory of the processes of one server. Those on PostgreSQL tell each other
            there of damage, until the server ends; a ledger in a file has its own place for that.
        on_damage: called with the reason when this process learns of damage.
        unconfirmed: whether a backup, or a ledger in another place than before, will do: to look
            at it, or to say what it is.
        words: those by which messages that arrive opt numbers out and in.

    Raises:
        ValueError: no engine has that scheme.
        StoreDamaged: a ledger in a file cannot be opened for damage.
        SchemaBehind, SchemaAhead, UnfinishedCopy, UnconfirmedRestore: see `check`.
    """
    accepted = (UnconfirmedRestore,) if unconfirmed else ()
    if engine_of(url) == "sqlite":
        with suppress(*accepted):
            await check(url)
        file = sqlite.path_of(url)
        damage = Damage(sqlite.marker_of(file), on_damage)
        return Store(sqlite.SqliteEngine(file, damage, words), damage, words)
    # A server that is up before its database waits for it: requests get 503 meanwhile, and it is
    # checked then, as whenever connections are made anew.
    with suppress(Unavailable, *accepted):
        await check(url)
    damage = Damage(shared and shared / "damaged", on_damage)
    engine = postgres.PostgresEngine(
        url,
        read_url=read_url,
        connections=connections,
        check=lambda: _admit(url, *accepted),
        check_connection=None if unconfirmed else postgres.require_place,
        damage=damage,
        replica_damage=Damage(None, lambda reason: on_damage(f"the replica: {reason}")),
        words=words,
    )
    return Store(engine, damage, words)


async def revision(url: str) -> str | None:
    """The schema revision of the store at the URL; None where there is no ledger yet.

    Raises:
        ValueError: no engine has that scheme.
        Unavailable: it cannot be reached.
    """
    found: str | None = await _engine(url).revision(url)
    return found


async def check(url: str) -> Condition:
    """Return the condition of the store at the URL if this release can serve it.

    Raises:
        ValueError: no engine has that scheme.
        SchemaBehind: it is not there, or not migrated to this release.
        SchemaAhead: it was migrated by a release that leaves this one behind.
        UnfinishedCopy: another ledger is being copied into it.
        UnconfirmedRestore: it is a backup, or not where it was, and nobody has said why.
        Unavailable: it cannot be reached.
    """
    current, needed = await revision(url), migrate.newest(url)
    if current is None:
        raise SchemaBehind("there is no ledger yet")
    if current < needed:
        raise SchemaBehind(f"the ledger has schema {current}, this release needs {needed}")
    condition: Condition = await _engine(url).condition(url)
    if condition.compatible_since > needed:
        raise SchemaAhead(f"the ledger has schema {current}, this release knows {needed}")
    if condition.copy_of is not None:
        raise UnfinishedCopy("another ledger is being copied into this one")
    if condition.backup_at is not None:
        made = instant.render_seconds(condition.backup_at)
        raise UnconfirmedRestore(f"the ledger is a backup, made at {made} GMT")
    if condition.displaced is not None:
        raise UnconfirmedRestore(condition.displaced)
    return condition


async def _admit(url: str, *accepted: type[Exception]) -> None:
    """Raise `Unavailable` for a store that this release cannot serve, or not yet."""
    try:
        with suppress(*accepted):
            await check(url)
    except (SchemaBehind, SchemaAhead, UnfinishedCopy, UnconfirmedRestore, ValueError) as error:
        raise Unavailable.store() from error


def _engine(url: str) -> ModuleType:
    return sqlite if engine_of(url) == "sqlite" else postgres

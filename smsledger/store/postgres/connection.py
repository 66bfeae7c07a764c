"""A connection to PostgreSQL, on whichever of its hosts, and its errors in our words."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg

from smsledger.errors import StoreDamaged, Unavailable
from smsledger.store.damage import Damage

Connection: TypeAlias = asyncpg.Connection

CONNECT_SECONDS = 5
# A request that waits longer is better told so: its sender tries again.
WAIT_SECONDS = 10

_UNAVAILABLE = (
    OSError,  # refused, cut or timed out
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,  # it was the primary once
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.UndefinedTableError,  # not migrated yet
    asyncpg.UndefinedObjectError,  # the URL has an option that the server does not know
    asyncpg.InsufficientPrivilegeError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ProtocolViolationError,  # what pgbouncer calls a server that it cannot reach
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# For modules outside this folder, which do not import the driver.
DatabaseError = asyncpg.PostgresError
DAMAGED = (
    asyncpg.DataCorruptedError,
    asyncpg.IndexCorruptedError,
    asyncpg.UndefinedFileError,  # of a table, or of the states of old transactions
)
_HOST_FAILED = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.TargetServerAttributeNotMatched,
)
# Another transaction was in the way, or a migration changed a table: the same once more.
TRY_AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InvalidCachedStatementError,
)


@contextmanager
def translated(damage: Damage | None = None) -> Iterator[None]:
    """Raise `Unavailable` for what the server, the network or a pooler is the cause of.

    Damaged tables and indexes are another matter: they raise `StoreDamaged`, and are noted where
    `damage` is given.
    """
    try:
        yield
    except DAMAGED as error:
        if damage is not None:
            damage.note(error)
        raise StoreDamaged(str(error)) from error
    except (*_UNAVAILABLE, *TRY_AGAIN) as error:
        if isinstance(error, ValueError):
            raise  # an argument that cannot be encoded: a bug, though an InterfaceError too
        raise Unavailable.store() from error


async def connect(url: str, **options: Any) -> asyncpg.Connection:
    """A connection of its own, for a command; of several hosts, to the primary.

    It names no prepared statements, so that it works through any pooler.
    """
    return await connect_to(url, timeout=CONNECT_SECONDS, statement_cache_size=0, **options)


async def connect_to(url: str, *, otherwise: str = "primary", **options: Any) -> asyncpg.Connection:
    """A connection to the one of the URL's hosts that its target_session_attrs wants.

    All hosts are asked at once. One after the other, as asyncpg does it, a host that takes
    connections and says nothing would use up the time, and nobody would get to its successor.
    """
    wanted = parse_qs(urlsplit(url).query).get("target_session_attrs", [otherwise])[0]
    if wanted != "prefer-standby":
        return await _first_of(url, target_session_attrs=wanted, **options)
    try:
        return await _first_of(url, target_session_attrs="standby", **options)
    except _HOST_FAILED:
        return await _first_of(url, target_session_attrs="any", **options)


async def _first_of(url: str, **options: Any) -> asyncpg.Connection:
    attempts = [asyncio.create_task(asyncpg.connect(each, **options)) for each in _hosts(url)]
    chosen, errors = None, []
    try:
        for attempt in asyncio.as_completed(attempts):
            try:
                chosen = await attempt
            except _HOST_FAILED as error:
                errors.append(error)
            else:
                return chosen
    finally:
        for attempt in attempts:
            attempt.add_done_callback(lambda done: _let_go(done, chosen))
            attempt.cancel()
    raise errors[-1]


def _let_go(attempt: asyncio.Task[asyncpg.Connection], chosen: asyncpg.Connection | None) -> None:
    if not attempt.cancelled() and attempt.exception() is None and attempt.result() is not chosen:
        attempt.result().terminate()


def _hosts(url: str) -> list[str]:
    """The URL once for each of its hosts."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=user + at + host).geturl() for host in hosts.split(",")]

"""Where a ledger is: the database that it remembers against the one in which it is found.

A dump takes what the ledger remembers to the place where it is restored. The numbers of the ledger
have gone back there, and no server takes it before the operator has confirmed that. A standby
shares the place of its primary: a fail-over changes the timeline only.
"""

from contextlib import suppress

import asyncpg
import msgspec

from smsledger.errors import Unavailable
from smsledger.store.engine import TimelineChange
from smsledger.store.errors import UnconfirmedRestore
from smsledger.store.postgres.connection import WAIT_SECONDS, Connection
from smsledger.store.postgres.queries import SQL

# What a hosted database answers that lets no customer read these.
_UNREADABLE = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.UndefinedFunctionError,
)
# Somebody else can let the ledger remember its place, or this process later.
_NOT_NOW = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.LockNotAvailableError,
    TimeoutError,
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of a ledger, in a database of a cluster.

    `system_identifier` is the random number that initdb gave the cluster; None where the role may
    not read it. `database_oid` is new for each CREATE DATABASE, `table_oid` for each CREATE TABLE:
    it shows a dump that was restored over the ledger.
    """

    system_identifier: int | None
    database_oid: int
    table_oid: int


def difference(remembered: Place, found: Place) -> str | None:
    """Why the ledger is not where it was, as a sentence; None where it is.

    A system identifier that could not be read counts as the same.
    """
    if (
        None not in (remembered.system_identifier, found.system_identifier)
        and remembered.system_identifier != found.system_identifier
    ):
        return (
            "the ledger is in another PostgreSQL cluster than before (restored dump or pg_upgrade)"
        )
    if remembered.database_oid != found.database_oid:
        return "the ledger is in another database than before (restored dump or cloned database)"
    if remembered.table_oid != found.table_oid:
        return "the ledger's tables were created again (restored dump)"
    return None


async def find(connection: Connection) -> Place:
    """Return the place that the connection leads to."""
    row = await connection.fetchrow(SQL.place_found)
    assert row is not None  # noqa: S101 (the statement has no FROM)
    identifier = await _value(connection, SQL.system_identifier) if row["may_read"] else None
    return Place(
        system_identifier=identifier, database_oid=row["database_oid"], table_oid=row["table_oid"]
    )


async def recall(connection: Connection) -> Place | None:
    """Return the place that the ledger remembers; None before it is first opened."""
    row = await connection.fetchrow(SQL.place_remembered)
    assert row is not None  # noqa: S101 (the ledger's migration inserted it)
    return None if row["database_oid"] is None else Place(**row)


async def displacement(connection: Connection) -> str | None:
    """Return why the ledger is not where it was, as a sentence; None where it is."""
    remembered = await recall(connection)
    return None if remembered is None else difference(remembered, await find(connection))


async def require(connection: Connection) -> None:
    """Check a new connection of a server.

    Raises:
        Unavailable: it leads to a ledger that is not where it was.
    """
    if reason := await displacement(connection):
        remedy = "run `smsledger restored` or `smsledger moved`"
        raise Unavailable.store() from UnconfirmedRestore(f"{reason}: {remedy}")


async def learn(connection: Connection) -> Place:
    """Store the place in the ledger if there is none yet; return the place found.

    A standby, and a role that may only read, store nothing.
    """
    found, remembered = await find(connection), await recall(connection)
    complete = remembered is not None and (
        remembered.system_identifier is not None or found.system_identifier is None
    )
    if not complete:
        with suppress(*_NOT_NOW):
            await _write(connection, SQL.learn_place, *_values(found))
    return found


async def settle(connection: Connection) -> None:
    """Store the current place and timeline in the ledger, whatever they were before."""
    found = await find(connection)
    await connection.execute(SQL.settle, *_values(found), await timeline(connection))


async def timeline(connection: Connection) -> int | None:
    """Return the timeline on which the primary writes; None where it cannot be read."""
    return await _value(connection, SQL.timeline)


async def note_timeline(connection: Connection) -> TimelineChange | None:
    """Store the timeline in the ledger; return the change if this call is the first to see it.

    The timeline changes when a standby is promoted, or a base backup is restored.

    Raises:
        UnconfirmedRestore: the ledger is not where it was.
    """
    if reason := await displacement(connection):
        raise UnconfirmedRestore(reason)
    now = await timeline(connection)
    before = await connection.fetchval(SQL.timeline_remembered)
    if now in (None, before):
        return None
    noted = await _write(connection, SQL.note_timeline, now, before)
    return TimelineChange(before=before, now=now) if noted and before is not None else None


async def _value(connection: Connection, sql: str) -> int | None:
    """Return what the SQL does, or None where it is not allowed; an open transaction goes on."""
    with suppress(*_UNREADABLE):
        async with connection.transaction():
            found: int | None = await connection.fetchval(sql)
            return found
    return None


async def _write(connection: Connection, sql: str, *values: int | None) -> bool:
    """Write the ledger's row without waiting for a standby or a lock."""
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = local")
        await connection.execute("SET LOCAL lock_timeout = '1s'")
        return await connection.fetchval(sql, *values, timeout=WAIT_SECONDS) is not None


def _values(place: Place) -> tuple[int | None, ...]:
    return place.system_identifier, place.database_oid, place.table_oid

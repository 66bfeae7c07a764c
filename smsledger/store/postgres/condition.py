"""How far a database is migrated, and what its ledger says of itself."""

import asyncpg

from smsledger.store.engine import Condition
from smsledger.store.postgres import place
from smsledger.store.postgres.connection import WAIT_SECONDS, connect, translated

_NOT_UTF8 = "the database must have the encoding UTF8: createdb --encoding UTF8 -T template0"

_SAID = "SELECT compatible_since, copy_of, backup_at FROM ledger"


async def revision(url: str) -> str | None:
    """The schema revision of the database at a URL; None where there is no ledger in it.

    Raises:
        ValueError: it cannot hold every text.
        Unavailable: it cannot be reached.
    """
    found: str | None = None
    with translated():
        connection = await connect(url, command_timeout=WAIT_SECONDS)
        try:
            if await connection.fetchval("SHOW server_encoding") != "UTF8":
                raise ValueError(_NOT_UTF8)
            found = await connection.fetchval("SELECT version_num FROM alembic_version")
        except asyncpg.UndefinedTableError:
            pass
        finally:
            await connection.close()
    return found


async def condition(url: str) -> Condition:
    """What the ledger at a URL, which is migrated, says of itself.

    A ledger that does not know its place yet learns it.

    Raises:
        Unavailable: it cannot be reached.
    """
    with translated():
        connection = await connect(url, command_timeout=WAIT_SECONDS)
        try:
            row = await connection.fetchrow(_SAID)
            found = await place.learn(connection)
            displaced = await place.displacement(connection)
        finally:
            await connection.close()
    assert row is not None  # noqa: S101 (its migration inserted it)
    place_verified = found.system_identifier is not None
    return Condition(**row, displaced=displaced, place_verified=place_verified)

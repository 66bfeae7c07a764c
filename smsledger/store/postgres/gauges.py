"""Standing figures of the ledger, counted when asked for."""

from smsledger.ledger import instant
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.protocol import AGES


async def unrouted(connection: Connection) -> int:
    """Return how many messages wait for a program."""
    count: int = await connection.fetchval(SQL.count_unrouted)
    return count


async def orphans(connection: Connection) -> int:
    """Return how many receipts wait for their message."""
    counted = [
        await connection.fetchval(SQL.count_orphans, program_id)
        for program_id in await _program_ids(connection)
    ]
    return sum(counted)


async def heard(connection: Connection) -> tuple[tuple[str, int | None, int | None], ...]:
    """Return each gateway with the instants of its last MO and its last receipt."""
    return tuple(tuple(row) for row in await connection.fetch(SQL.gateways_seen))


async def unfinished(connection: Connection, now: int) -> dict[int, int]:
    """Return the MTs without a final status by age; older ones are not counted."""
    programs = await _program_ids(connection)
    ages = zip((0, *AGES), AGES, strict=False)
    return {
        older: await _unfinished(connection, programs, now, since, older) for since, older in ages
    }


async def timeline(connection: Connection) -> int | None:
    """Return PostgreSQL's timeline, as the ledger last noted it."""
    noted: int | None = await connection.fetchval(SQL.timeline_remembered)
    return noted


async def _program_ids(connection: Connection) -> list[int]:
    """Return every program, and the place of receipts that named none."""
    return [NO_PROGRAM, *(row["id"] for row in await connection.fetch(SQL.program_ids))]


async def _unfinished(
    connection: Connection, programs: list[int], now: int, since: int, older: int
) -> int:
    start, end = now - older * instant.HOUR, now - since * instant.HOUR
    counted = [
        await connection.fetchval(SQL.count_unfinished, each, start, end) for each in programs
    ]
    return sum(counted)

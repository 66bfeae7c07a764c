"""Standing figures of the ledger, counted when asked for."""

from smsledger import instant
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.protocol import AGES, Gauges


async def read(connection: Connection, programs: list[int], now: int) -> Gauges:
    """All figures; MTs older than the last age are past hope and not counted."""
    ages = zip((0, *AGES), AGES, strict=False)
    orphans = [await connection.fetchval(SQL.count_orphans, each) for each in programs]
    return Gauges(
        unrouted=await connection.fetchval(SQL.count_unrouted),
        orphans=sum(orphans),
        heard=tuple(tuple(row) for row in await connection.fetch(SQL.gateways_seen)),
        unfinished={
            older: await _unfinished(connection, programs, now, since, older)
            for since, older in ages
        },
        timeline=await connection.fetchval(SQL.timeline_remembered),
    )


async def _unfinished(
    connection: Connection, programs: list[int], now: int, since: int, older: int
) -> int:
    start, end = now - older * instant.HOUR, now - since * instant.HOUR
    counted = [
        await connection.fetchval(SQL.count_unfinished, each, start, end) for each in programs
    ]
    return sum(counted)

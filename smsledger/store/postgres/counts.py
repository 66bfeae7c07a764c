"""Keeps the counts of a program, and reads them."""

from smsledger.ledger.counts import Count, CountsQuery, RecentCount, RecentQuery
from smsledger.ledger.instant import DAY, HOUR
from smsledger.store import counts_sql
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL


async def keep(connection: Connection, program_id: int, deltas: CountDeltas) -> None:
    """Add deltas to the counts, under the lock of the program's counter."""
    columns = list(zip(*deltas.rows(), strict=True))
    if columns:
        await connection.execute(SQL.keep_count, program_id, *columns)


async def remove_old(connection: Connection, program_id: int, before: int, limit: int) -> int:
    """Remove the oldest messages dated before the instant, and their histories; how many."""
    gone = await connection.fetch(SQL.delete_old_messages, program_id, before, limit)
    await connection.execute(SQL.delete_history, program_id, [serial for serial, *_ in gone])
    await keep(connection, program_id, CountDeltas.of_leaving(counted for _, *counted in gone))
    return len(gone)


async def anew(connection: Connection, program_id: int) -> None:
    """Count all messages of a program, whatever its counts were."""
    await connection.execute(SQL.delete_counts, program_id)
    await connection.execute(SQL.count_hours, program_id, HOUR)
    await connection.execute(SQL.count_days, program_id, DAY)


async def read(connection: Connection, query: CountsQuery) -> list[Count]:
    """The counts of a window, in order."""
    if not query.spans():
        return []
    statement, values = counts_sql.statement(query, "$")
    return [counts_sql.count_of(*row) for row in await connection.fetch(statement, *values)]


async def recent(connection: Connection, query: RecentQuery) -> list[RecentCount]:
    """The latest messages of some programs, in one statement for them all."""
    values = (list(query.program_ids), *query.bounds().values())
    return [RecentCount(*row) for row in await connection.fetch(SQL.recent_counts, *values)]

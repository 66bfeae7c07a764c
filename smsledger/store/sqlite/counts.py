"""Keeps the counts of a program, and reads them."""

from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from smsledger.ledger.counts import Count, CountsQuery, RecentCount, RecentQuery
from smsledger.ledger.instant import DAY, HOUR
from smsledger.store import counts_sql
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.sqlite.queries import SQL


def keep(connection: apsw.Connection, program_id: int, deltas: CountDeltas) -> None:
    """Add deltas to the counts."""
    connection.executemany(SQL.keep_count, ((*row, program_id) for row in deltas.rows()))


def delete(connection: apsw.Connection, program_id: int, keys: Iterable[tuple[Any, ...]]) -> None:
    """Remove the messages under the keys, date and serial, and count them no longer."""
    gone = connection.executemany(SQL.delete_message, ((program_id, *key) for key in keys))
    keep(connection, program_id, CountDeltas.of_leaving(gone.fetchall()))


def remove_old(connection: apsw.Connection, program_id: int, before: int, limit: int) -> int:
    """Remove the oldest messages dated before the instant, and their histories; how many."""
    values = {"program_id": program_id, "before": before, "limit": limit}
    keys = connection.execute(SQL.oldest_before, values).fetchall()
    delete(connection, program_id, keys)
    connection.executemany(SQL.delete_history, ((program_id, serial) for _, serial in keys))
    return len(keys)


def anew(connection: apsw.Connection, program_id: int) -> None:
    """Count all messages of a program, whatever its counts were."""
    connection.execute(SQL.delete_counts, {"program_id": program_id})
    connection.execute(SQL.count_hours, {"program_id": program_id, "hour": HOUR})
    connection.execute(SQL.count_days, {"program_id": program_id, "day": DAY})


def read(connection: apsw.Connection, query: CountsQuery) -> list[Count]:
    """The counts of a window, in order."""
    if not query.spans():
        return []
    statement, values = counts_sql.statement(query, "?")
    return [counts_sql.count_of(*row) for row in connection.execute(statement, values)]


def recent(connection: apsw.Connection, query: RecentQuery) -> list[RecentCount]:
    """The latest messages of some programs, in one statement for them all."""
    program_ids = msgspec.json.encode(query.program_ids).decode()
    values = {"program_ids": program_ids, **query.bounds()}
    return [RecentCount(*row) for row in connection.execute(SQL.recent_counts, values)]

"""Keeps the counts of a program, and reads them: one statement, an arm for each span of a window.

Each arm is grouped by itself, so that only sums are merged.
What an arm selects is chosen from a closed table of terms, values are always bound.
"""

from typing import Any

from smsledger.counts import WHOLE_DAY, Count, CountsQuery, RecentCount, RecentQuery, Span
from smsledger.instant import DAY, HOUR
from smsledger.model import DeliveryStatus, MessageType
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.tally import Tally

_NETWORK = "coalesce(network, '')"
_TIME_OF_DAY = f"(start % {DAY} + {DAY}) % {DAY}"  # it may be of before 1970
_DAY_OF_HOUR = f"(start - {_TIME_OF_DAY})"
_KEPT = """sum(messages) AS messages, sum(segments) AS segments, sum(segmented) AS segmented
    FROM message_count"""
_COUNTED = """count(*) AS messages, coalesce(sum(segments), 0) AS segments,
    count(segments) AS segmented FROM message"""
_TYPES = {each.value: each for each in MessageType}
_STATUSES = {each.value: each for each in DeliveryStatus}


async def keep(connection: Connection, program_id: int, tally: Tally) -> None:
    """Add a tally to the counts, under the lock of the program's counter."""
    columns = list(zip(*tally.rows(), strict=True))
    if columns:
        await connection.execute(SQL.keep_count, program_id, *columns)


async def anew(connection: Connection, program_id: int) -> None:
    """Count all messages of a program, whatever its counts were."""
    await connection.execute(SQL.delete_counts, program_id)
    await connection.execute(SQL.count_hours, program_id, HOUR)
    await connection.execute(SQL.count_days, program_id, DAY)


async def read(connection: Connection, query: CountsQuery) -> list[Count]:
    """The counts of a window, in order."""
    values: list[Any] = [query.program_id]
    filters = _filters(query, values)
    arms = [
        f"{_arm(query, span, values)}{filters} GROUP BY {_key(query, span)}, 2, 3, 4"
        for span in query.spans()
    ]
    if not arms:
        return []
    statement = f"""SELECT start, type, delivery_status, nullif(network, '') AS network,
        sum(messages)::bigint AS messages, sum(segments)::bigint AS segments,
        sum(segmented)::bigint AS segmented FROM ({" UNION ALL ".join(arms)}) AS counted
        GROUP BY start, type, delivery_status, counted.network HAVING sum(messages) > 0
        ORDER BY start, type, delivery_status, counted.network"""
    return [_count(*row) for row in await connection.fetch(statement, *values)]


async def recent(connection: Connection, query: RecentQuery) -> list[RecentCount]:
    """The latest messages of some programs, in one statement for them all."""
    values = (list(query.program_ids), *query.bounds().values())
    return [RecentCount(*row) for row in await connection.fetch(SQL.recent_counts, *values)]


def _arm(query: CountsQuery, span: Span, values: list[Any]) -> str:
    """The rows of a span, but for the filters."""
    start, end = _bind(values, span.start), _bind(values, span.end)
    period = "NULL"
    if span.source == query.by:
        period = "start"
    elif query.has_periods and span.source == "hour":
        period = _DAY_OF_HOUR
    elif query.has_periods:
        period = _bind(values, query.period_of(span))
    network = f"{_NETWORK}" if query.by == "network" else "''"
    head = f"SELECT {period}::bigint AS start, type, delivery_status, {network} AS network,"
    if span.source == "message":
        return f"""{head} {_COUNTED}
            WHERE program_id = $1 AND date >= {start}::bigint AND date < {end}::bigint"""
    return f"""{head} {_KEPT} WHERE program_id = $1 AND period = '{span.source}'
        AND start >= {start}::bigint AND start < {end}::bigint{_hours(query)}"""


def _key(query: CountsQuery, span: Span) -> str:
    """What a span's rows are grouped by first. The hours of a day by themselves: so they come."""
    return "message_count.start" if query.by == "day" and span.source == "hour" else "1"


def _hours(query: CountsQuery) -> str:
    """The term that holds for rows of hours, if only some of each day are wanted."""
    if query.hours == WHOLE_DAY:
        return ""
    first, last = (hour * HOUR for hour in query.hours)
    return f" AND {_TIME_OF_DAY} >= {first} AND {_TIME_OF_DAY} < {last}"


def _filters(query: CountsQuery, values: list[Any]) -> str:
    """The terms that hold for rows of either table; their values are bound."""
    terms = ""
    if query.message_type:
        terms += f" AND type = '{query.message_type.value}'"
    if query.delivery_statuses:
        words = ", ".join(f"'{status.value}'" for status in query.delivery_statuses)
        terms += f" AND delivery_status IN ({words})"
    if query.networks:
        networks = _bind(values, [network or "" for network in query.networks])
        terms += f" AND {_NETWORK} = ANY ({networks}::text[])"
    return terms


def _bind(values: list[Any], value: Any) -> str:
    values.append(value)
    return f"${len(values)}"


def _count(start: int | None, kind: str, status: str, network: str | None, *figures: int) -> Count:
    messages, segments, segmented = figures
    return Count(
        start=start,
        type=_TYPES[kind],
        delivery_status=_STATUSES[status],
        network=network,
        messages=messages,
        segments=segments,
        segmented=segmented,
    )

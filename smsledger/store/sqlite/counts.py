"""Keeps the counts of a program, and reads them: one statement, an arm for each span of a window.

Each arm is grouped by itself, in the order of its key, so that only sums are merged.
What an arm selects is chosen from a closed table of terms, values are always bound.
"""

from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from smsledger.counts import WHOLE_DAY, Count, CountsQuery, RecentCount, RecentQuery, Span
from smsledger.instant import DAY, HOUR
from smsledger.model import DeliveryStatus, MessageType
from smsledger.store.sqlite.queries import SQL
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


def keep(connection: apsw.Connection, program_id: int, tally: Tally) -> None:
    """Add a tally to the counts."""
    connection.executemany(SQL.keep_count, ((*row, program_id) for row in tally.rows()))


def delete(connection: apsw.Connection, program_id: int, keys: Iterable[tuple[Any, ...]]) -> None:
    """Remove the messages under the keys, date and serial, and count them no longer."""
    gone = connection.executemany(SQL.delete_message, ((program_id, *key) for key in keys))
    keep(connection, program_id, Tally.of_leaving(gone.fetchall()))


def anew(connection: apsw.Connection, program_id: int) -> None:
    """Count all messages of a program, whatever its counts were."""
    connection.execute(SQL.delete_counts, {"program_id": program_id})
    connection.execute(SQL.count_hours, {"program_id": program_id, "hour": HOUR})
    connection.execute(SQL.count_days, {"program_id": program_id, "day": DAY})


def read(connection: apsw.Connection, query: CountsQuery) -> list[Count]:
    """The counts of a window, in order."""
    values: dict[str, Any] = {"program_id": query.program_id}
    filters = _filters(query, values)
    arms = [
        f"{_arm(query, span, values)}{filters} GROUP BY {_key(query, span)}, 2, 3, 4"
        for span in query.spans()
    ]
    if not arms:
        return []
    statement = f"""SELECT start, type, delivery_status, network,
        sum(messages), sum(segments), sum(segmented) FROM ({" UNION ALL ".join(arms)})
        GROUP BY 1, 2, 3, 4 HAVING sum(messages) > 0 ORDER BY 1, 2, 3, 4"""
    return [_count(*row) for row in connection.execute(statement, values)]


def recent(connection: apsw.Connection, query: RecentQuery) -> list[RecentCount]:
    """The latest messages of some programs, in one statement for them all."""
    program_ids = msgspec.json.encode(query.program_ids).decode()
    values = {"program_ids": program_ids, **query.bounds()}
    return [RecentCount(*row) for row in connection.execute(SQL.recent_counts, values)]


def _arm(query: CountsQuery, span: Span, values: dict[str, Any]) -> str:
    """The rows of a span, but for the filters."""
    ordinal = len(values)
    start, end = f":start{ordinal}", f":end{ordinal}"
    values |= {start[1:]: span.start, end[1:]: span.end}
    period = "NULL"
    if span.source == query.by:
        period = "start"
    elif query.has_periods and span.source == "hour":
        period = _DAY_OF_HOUR
    elif query.has_periods:
        period = f":period{ordinal}"
        values[period[1:]] = query.period_of(span)
    network = _NETWORK if query.by == "network" else "''"
    head = f"SELECT {period} AS start, type, delivery_status, {network} AS network,"
    if span.source == "message":
        return f"""{head} {_COUNTED}
            WHERE program_id = :program_id AND date >= {start} AND date < {end}"""
    return f"""{head} {_KEPT} WHERE program_id = :program_id AND period = '{span.source}'
        AND start >= {start} AND start < {end}{_hours(query)}"""


def _key(query: CountsQuery, span: Span) -> str:
    """What a span's rows are grouped by first. The hours of a day by themselves: so they come."""
    return "message_count.start" if query.by == "day" and span.source == "hour" else "1"


def _hours(query: CountsQuery) -> str:
    """The term that holds for rows of hours, if only some of each day are wanted."""
    if query.hours == WHOLE_DAY:
        return ""
    first, last = (hour * HOUR for hour in query.hours)
    return f" AND {_TIME_OF_DAY} >= {first} AND {_TIME_OF_DAY} < {last}"


def _filters(query: CountsQuery, values: dict[str, Any]) -> str:
    """The terms that hold for rows of either table; their values are added."""
    terms = ""
    if query.message_type:
        values["type"] = query.message_type
        terms += " AND type = :type"
    if query.delivery_statuses:
        terms += f" AND delivery_status IN ({_bind(values, 'status', query.delivery_statuses)})"
    if query.networks:
        networks = [network or "" for network in query.networks]
        terms += f" AND {_NETWORK} IN ({_bind(values, 'network', networks)})"
    return terms


def _bind(values: dict[str, Any], stem: str, wanted: Iterable[str]) -> str:
    names = {f"{stem}{ordinal}": value for ordinal, value in enumerate(wanted)}
    values |= names
    return ", ".join(f":{name}" for name in names)


def _count(start: int | None, kind: str, status: str, network: str, *figures: int) -> Count:
    messages, segments, segmented = figures
    return Count(
        start=start,
        type=_TYPES[kind],
        delivery_status=_STATUSES[status],
        network=network or None,
        messages=messages,
        segments=segments,
        segmented=segmented,
    )

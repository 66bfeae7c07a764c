"""The statement that reads counts, for either engine: an arm for each span of a window.

Each arm is grouped by itself, in the order of its key, so that only sums are merged.
What an arm selects is chosen from a closed table of terms, values are always bound.
"""

from typing import Any

from smsledger.ledger.counts import WHOLE_DAY, Count, CountsQuery, Span
from smsledger.ledger.filters import in_force
from smsledger.ledger.instant import DAY, HOUR
from smsledger.ledger.model import DeliveryStatus, MessageType

_NETWORK = "coalesce(network, '')"
_TIME_OF_DAY = f"(start % {DAY} + {DAY}) % {DAY}"  # it may be of before 1970
_KEPT = """sum(messages) AS messages, sum(segments) AS segments, sum(segmented) AS segmented
    FROM message_count"""
_COUNTED = """count(*) AS messages, coalesce(sum(segments), 0) AS segments,
    count(segments) AS segmented FROM message"""
_TYPES = {each.value: each for each in MessageType}
_STATUSES = {each.value: each for each in DeliveryStatus}


class _Values:
    """What is bound to a statement, in the order of its places."""

    def __init__(self, sign: str) -> None:
        self.bound: list[Any] = []
        self._sign = sign

    def place(self, value: Any) -> str:
        self.bound.append(value)
        return f"{self._sign}{len(self.bound)}"

    def places(self, some: list[str]) -> str:
        return ", ".join(map(self.place, some))


def statement(query: CountsQuery, sign: str) -> tuple[str, list[Any]]:
    """The statement that reads the counts of a window, in order, and its values.

    Args:
        query: what is counted; its window is not empty.
        sign: what the engine writes before the number of a value.
    """
    values = _Values(sign)
    program = values.place(query.program_id)
    filters = f"WHERE program_id = {program}{_filters(query, values)}"
    arms = (_arm(query, span, filters, values) for span in query.spans())
    sums = ", ".join(
        f"CAST(sum({each}) AS bigint)" for each in ("messages", "segments", "segmented")
    )
    told = f"""SELECT start, type, delivery_status, nullif(counted.network, ''), {sums}
        FROM ({" UNION ALL ".join(arms)}) AS counted
        GROUP BY start, type, delivery_status, counted.network HAVING sum(messages) > 0
        ORDER BY start, type, delivery_status, counted.network"""
    return told, values.bound


def count_of(start: int | None, kind: str, status: str, network: str | None, *sums: int) -> Count:
    """What a row of the statement says."""
    messages, segments, segmented = sums
    return Count(
        start=start,
        type=_TYPES[kind],
        delivery_status=_STATUSES[status],
        network=network,
        messages=messages,
        segments=segments,
        segmented=segmented,
    )


def _arm(query: CountsQuery, span: Span, filters: str, values: _Values) -> str:
    """What a span has, of each period, type, delivery status and network."""
    dated = "date" if span.source == "message" else "start"
    network = _NETWORK if query.by == "network" else "''"
    arm = f"""SELECT {_period(query, span, values)} AS start, type, delivery_status,
        {network} AS network, {_COUNTED if span.source == "message" else _KEPT} {filters}
        AND {dated} >= {values.place(span.start)} AND {dated} < {values.place(span.end)}"""
    if span.source != "message":
        arm += f" AND period = '{span.source}'{_hours(query)}"
    # The hours of a day by themselves: in that order they come.
    key = "message_count.start" if query.by == "day" and span.source == "hour" else "1"
    return f"{arm} GROUP BY {key}, 2, 3, 4"


def _period(query: CountsQuery, span: Span, values: _Values) -> str:
    if not query.has_periods:
        return "CAST(NULL AS bigint)"
    if span.source == query.by:
        return "start"
    if span.source == "hour":
        return f"start - {_TIME_OF_DAY}"
    return f"CAST({values.place(query.period_of(span))} AS bigint)"


def _hours(query: CountsQuery) -> str:
    """The term that holds for rows of hours, if only some of each day are wanted."""
    if query.hours == WHOLE_DAY:
        return ""
    first, last = (hour * HOUR for hour in query.hours)
    return f" AND {_TIME_OF_DAY} >= {first} AND {_TIME_OF_DAY} < {last}"


def _filters(query: CountsQuery, values: _Values) -> str:
    """The terms that hold for rows of either table."""
    terms = ""
    for each, value in in_force(query.filters):
        if not each.counted:
            continue
        if isinstance(value, tuple):
            column = f"coalesce({each.column}, '')" if each.kind.nullable else each.column
            terms += f" AND {column} IN ({values.places([text or '' for text in value])})"
        else:
            terms += f" AND {each.column} = {values.place(value)}"
    return terms

"""Which messages: the parameters that pages, whole exports and counts share."""

from typing import Any

from smsledger.errors import Problem
from smsledger.ledger import cursor as cursors
from smsledger.ledger import instant
from smsledger.ledger.fields import INCLUDABLE
from smsledger.ledger.filter_kinds import list_schema
from smsledger.ledger.filters import FILTERS, Filter
from smsledger.ledger.walk import is_end, is_start
from smsledger.web.api.request.parameter import Parameter, words
from smsledger.web.api.request.query_string import Texts

_DATE_SCHEMA = {"type": "string", "pattern": instant.DATE_PATTERN}


def _first(text: str) -> int:
    return instant.parse(text).first


def _last(text: str) -> int:
    return instant.parse(text).last


def including(known: tuple[str, ...]) -> Parameter:
    """The parameter that adds fields to each message."""
    return Parameter(
        "include",
        "include",
        words(known),
        list_schema(known),
        f"Further fields of each message, comma-separated: {', '.join(known)}.",
    )


def _parameter(entry: Filter) -> Parameter:
    return Parameter(
        entry.parameter,
        entry.field,
        entry.kind.parse,
        entry.kind.schema,
        entry.description,
        repeatable=entry.kind.repeatable,
    )


_MESSAGE_TYPE, *_OTHERS = FILTERS
WINDOW: tuple[Parameter, ...] = (
    _parameter(_MESSAGE_TYPE),
    Parameter(
        "startDate",
        "start",
        _first,
        _DATE_SCHEMA,
        "YYYY-MM-DDTHH:MM:SS, GMT, inclusive; absent: the first retained message.",
    ),
    Parameter(
        "endDate",
        "end",
        _last,
        _DATE_SCHEMA,
        "YYYY-MM-DDTHH:MM:SS, GMT, inclusive to the precision given; absent: the last message.",
    ),
)
# Of all filters but the message type, and of those that counts are kept by.
NARROWING = tuple(map(_parameter, _OTHERS))
COUNTED = tuple(_parameter(entry) for entry in _OTHERS if entry.counted)
INCLUDE = including(INCLUDABLE)


def combined(values: dict[str, Any]) -> list[Problem]:
    """What is wrong with both dates together."""
    start, end = values.get("start"), values.get("end")
    if start is None or end is None or start <= end:
        return []
    return [Problem("invalid_parameter", "startDate is after endDate.", "startDate")]


def merge_dates(given: Texts, retention_days: int) -> None:
    """Keep one of several dates that all resolve to the date in the cursor's walk.

    A nextPageUrl has resolved dates: the retention limit in place of an earlier startDate. A
    client that adds its own dates to every nextPageUrl gives both, and means one.
    """
    starts, ends = given.get("startDate", []), given.get("endDate", [])
    if "cursor" not in given or max(len(starts), len(ends)) < 2:
        return
    try:
        walk = cursors.decode(given["cursor"][0]).walk
        one_start = all(is_start(_first(text), walk, retention_days) for text in starts)
        one_end = all(is_end(_last(text), walk) for text in ends)
    except ValueError:
        return  # the parameters are read again, and refused by their names
    if one_start:
        del starts[1:]
    if one_end:
        del ends[1:]

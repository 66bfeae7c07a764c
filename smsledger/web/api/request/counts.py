"""What is asked of counts."""

from typing import Literal

import msgspec

from smsledger.errors import Problem
from smsledger.ledger.walk import PageRequest
from smsledger.web.api.request import filters
from smsledger.web.api.request.parameter import Parameter
from smsledger.web.api.request.query_string import Values, read, table_of

Period = Literal["day", "hour"]


def _period(text: str) -> Period:
    if text == "day":
        return "day"
    if text == "hour":
        return "hour"
    raise ValueError("it must be day or hour")


PARAMETERS = (
    Parameter(
        "by",
        "by",
        _period,
        {"type": "string", "enum": ["day", "hour"]},
        "Count each day, GMT, or each hour by itself; absent: day.",
    ),
    *filters.WINDOW,
    *filters.COUNTED,
)
_TABLE = table_of(PARAMETERS)


class CountsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Counts as asked for: of the messages of which walk, and by what."""

    walk: PageRequest
    by: Period


def parse_counts_request(query: bytes) -> CountsRequest:
    """The parameters of counts.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    values = read(query, _TABLE, _check)
    by = values.pop("by", "day")
    return CountsRequest(walk=PageRequest(**values), by=by)


def _check(values: Values) -> list[Problem]:
    return filters.combined(values)

"""The filters of a walk in one table, which everything reads that lists them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from smsledger.ledger.query import Cursor, Filters, PageRequest, Walk, is_end, is_start


class Filter(NamedTuple):
    """The names of a filter, and how its value is written.

    `parameter` is the API's, `field` the attribute of `Filters` and `PageRequest`, `option` that
    of `smsledger export`. `texts` returns the texts of a value, one for each time that the
    parameter is given.
    """

    parameter: str
    field: str
    option: str
    texts: Callable[[Any], list[str]]


def _one(value: str) -> list[str]:
    return [value]


def _joined(values: Iterable[str]) -> list[str]:
    return [",".join(values)]


def _each(values: Iterable[str | None]) -> list[str]:
    return [value or "" for value in values]


FILTERS = (
    Filter("messageType", "message_type", "--type", _one),
    Filter("deliveryStatus", "delivery_statuses", "--status", _joined),
    Filter("number", "numbers", "--number", _joined),
    Filter("network", "networks", "--network", _each),
)
OPTIONS = {each.parameter: each.option for each in FILTERS}
# A network's name may contain these, and then they do not separate anything.
_UNESCAPED = {"network": ""}


def pairs(
    of: Filters | PageRequest, dates: Iterable[tuple[str, str]] = ()
) -> Iterator[tuple[str, str]]:
    """Yield the filters in force as parameters and texts; dates follow the message type."""
    for each in FILTERS:
        if value := getattr(of, each.field):
            yield from ((each.parameter, text) for text in each.texts(value))
        if each is FILTERS[0]:
            yield from dates


def query_string(parameters: Iterable[tuple[str, str]]) -> str:
    """Write parameters as the query string of a URL, with the commas and colons of their texts."""
    return "&".join(
        f"{name}={quote(text, safe=_UNESCAPED.get(name, ',:'))}" for name, text in parameters
    )


def differing_parameters(request: PageRequest, cursor: Cursor, retention_days: int) -> list[str]:
    """Return the parameters of the request that differ from its cursor.

    The dates are compared as the walk resolved them.
    """
    walk = cursor.walk
    names = []
    for each in FILTERS:
        if getattr(request, each.field) not in (None, getattr(walk.filters, each.field)):
            names.append(each.parameter)
        if each is FILTERS[0]:
            names += _differing_dates(request, walk, retention_days)
    return names if request.page in (None, cursor.page) else [*names, "page"]


def _differing_dates(request: PageRequest, walk: Walk, retention_days: int) -> Iterator[str]:
    if request.start is not None and not is_start(request.start, walk, retention_days):
        yield "startDate"
    if request.end is not None and not is_end(request.end, walk):
        yield "endDate"

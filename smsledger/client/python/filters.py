"""Filters as Python writes them -> the request for a walk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypedDict

from smsledger.client.http import window
from smsledger.client.http.request import MAX_PAGE_SIZE, ExportRequest
from smsledger.ledger import fields, instant
from smsledger.ledger.filters import FILTERS, Filter, in_order

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Moment = str | date | datetime


class Filters(TypedDict, total=False):
    """Which messages; what is absent is not restricted.

    Keys:
        start: From then on: a day, a datetime with its zone, or a text as for `--from`; absent,
            365 days before now.
        end: Until then, inclusive, a day to its end; absent, now.
        type: `MO` or `MT`.
        status: One delivery status or several.
        number: One handset or several.
        network: One carrier or several; None among them is for messages whose carrier is not known.
        include: More fields: id, shortCode, segments, updatedAt, errorCode, gateway.
    """

    start: Moment
    end: Moment
    type: str
    status: str | Sequence[str]
    number: str | Sequence[str]
    network: str | Sequence[str | None] | None
    include: str | Sequence[str]


def request(base: str, user: str, program: int, filters: Filters) -> ExportRequest:
    """The request for a walk through the messages that the filters leave.

    Raises:
        ValueError: a date is none or has no zone, or the window ends before it starts.
    """
    start, end = filters.get("start"), filters.get("end")
    period = window.resolve(
        None if start is None else _first(start),
        None if end is None else _last(end),
        instant.now(),
    )
    return ExportRequest(
        base=base,
        program_id=program,
        user=user,
        start=period.start,
        end=period.end,
        defaulted=period.defaulted,
        filters=tuple(_parameters(filters)),
    )


def included(include: str | Sequence[str]) -> str:
    """The fields as the wire lists them.

    Raises:
        ValueError: one of them is none.
    """
    return ",".join(fields.included(_several(include)))


def _parameters(filters: Filters) -> Iterable[tuple[str, str]]:
    yield "pageSize", str(MAX_PAGE_SIZE)
    given: Mapping[str, Any] = filters
    texts = {
        each.parameter: _texts(each, given[each.keyword])
        for each in FILTERS
        if each.keyword in given
    }
    yield from in_order(texts)
    if filters.get("include"):
        yield "include", included(filters["include"])


def _texts(entry: Filter, value: str | Sequence[str | None] | None) -> list[str]:
    values = (value,) if value is None or isinstance(value, str) else value
    texts = [text or "" for text in values]
    return texts if entry.kind.repeatable else [",".join(texts)]


def _several(values: str | Sequence[str]) -> Sequence[str]:
    return tuple(values.split(",")) if isinstance(values, str) else tuple(values)


def _first(moment: Moment) -> int:
    if isinstance(moment, datetime):
        return _instant(moment)
    return window.first(moment if isinstance(moment, str) else moment.isoformat())


def _last(moment: Moment) -> int:
    if isinstance(moment, datetime):
        return _instant(moment)
    return window.last(moment if isinstance(moment, str) else moment.isoformat())


def _instant(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone; give it one, UTC for example")
    return (moment - _EPOCH) // _MICROSECOND

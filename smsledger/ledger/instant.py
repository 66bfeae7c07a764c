"""Instants: integers, microseconds since 1970-01-01T00:00:00 GMT.

One representation from the wire to the disk: it sorts, it compares, it costs nothing to read
back from a row, and it cannot be naive. Text is parsed and rendered here and nowhere else.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FRACTION_DIGITS = 6
EARLIEST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
LATEST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
# [0-9], not \d: a date in Arabic-Indic digits is not what any client of this API means.
_DATE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.([0-9]+))?"
    r"(Z|[+\- ][0-9]{2}:?[0-9]{2})?"
)
# For descriptions of the API: close to what `parse` reads, in what every dialect of patterns has.
SECONDS_PATTERN = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
)
MICROS_PATTERN = SECONDS_PATTERN.removesuffix("$") + r"\.[0-9]{6}$"
DATE_PATTERN = (
    SECONDS_PATTERN.removesuffix("$") + r"(\.[0-9]+)?(Z|[+\- ]([01][0-9]|2[0-3]):?[0-5][0-9])?$"
)


class Span(NamedTuple):
    """The instants that one written date stands for: `12:00:00` is a whole second.

    `first` and `last` are both inclusive, in microseconds.
    """

    first: int
    last: int


def now() -> int:
    """The present instant."""
    return time.time_ns() // 1000


def parse(text: str) -> Span:
    """The span of a date `YYYY-MM-DDTHH:MM:SS[.fraction][Z|±HH:MM]`; without a zone it is GMT.

    A fraction's digits beyond the sixth are cut. A space before the offset is read as `+`, which
    is what an unescaped plus becomes in a query string.

    Raises:
        ValueError: not such a date, or outside the years 1 to 9999.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("not a date of the form YYYY-MM-DDTHH:MM:SS")
    seconds, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(seconds).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"no such date: {error}") from error
    whole = (moment - _EPOCH) // _MICROSECOND - _offset(zone)
    if not EARLIEST <= whole <= LATEST:
        raise ValueError("outside the years 1 to 9999")
    digits = (fraction or "")[:_FRACTION_DIGITS]
    unit = 10 ** (_FRACTION_DIGITS - len(digits))
    first = whole + int(digits or 0) * unit
    return Span(first, first + unit - 1)


def first(text: str) -> int:
    """Return the first instant of a written date; raises as `parse` does."""
    return parse(text).first


def last(text: str) -> int:
    """Return the last instant of a written date; raises as `parse` does."""
    return parse(text).last


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"no such offset: {zone.strip()}")
    return (-1 if zone[0] == "-" else 1) * (hours * HOUR + minutes * MINUTE)


def render_seconds(instant: int) -> str:
    """`2014-12-05T10:00:00`: GMT, whole seconds, no zone; the fraction is cut."""
    return _moment(instant).isoformat(timespec="seconds")[:19]


def render_micros(instant: int) -> str:
    """`2014-12-05T10:00:00.000000`: GMT, six digits, no zone."""
    return _moment(instant).isoformat(timespec="microseconds")[:26]


def render_first(instant: int) -> str:
    """A date whose first instant it is: whole seconds where that is enough, else six digits."""
    return render_seconds(instant) if instant % SECOND == 0 else render_micros(instant)


def render_last(instant: int) -> str:
    """A date whose last instant it is, likewise."""
    return render_seconds(instant) if (instant + 1) % SECOND == 0 else render_micros(instant)


def midnight(instant: int) -> int:
    """The beginning of the GMT day that holds the instant."""
    return instant // DAY * DAY


def _moment(instant: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant)

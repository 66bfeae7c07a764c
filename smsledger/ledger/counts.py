"""How many messages there are: what is asked, what is answered, and what it is read from.

Counts are kept by hour and by day. A window that begins or ends within an hour is counted there
from the messages themselves, so that counts are exact for any window, as pages are.
"""

from typing import Literal

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.filters import Filters, in_force
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.ledger.walk import Walk

By = Literal["hour", "day", "network", "status"]
Source = Literal["day", "hour", "message"]
WHOLE_DAY = (0, 24)
_LENGTHS = {"day": instant.DAY, "hour": instant.HOUR}


class CountsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages of a program are counted, and by what, beside type and delivery status.

    `start` and `end` are inclusive instants. The filters are as of a page; only those that counts
    are kept by are applied. `hours` are those of each day of GMT, from the first until before the
    second, whose messages are counted.
    """

    program_id: int
    start: int
    end: int
    by: By
    hours: tuple[int, int] = WHOLE_DAY
    filters: Filters = Filters()

    @classmethod
    def of(cls, walk: Walk, by: By) -> "CountsQuery":
        """Return the query that counts the messages of a walk."""
        return cls(
            program_id=walk.program_id,
            start=walk.start,
            end=walk.end,
            by=by,
            filters=walk.filters,
        )

    @property
    def has_periods(self) -> bool:
        """Whether it is counted by hours or days."""
        return self.by in _LENGTHS

    def spans(self) -> list["Span"]:
        """The window, cut into whole days, whole hours and what is left at its ends.

        A span of messages lies within an hour, and is one of `hours`. Those of a span of hours are
        not.
        """
        by_hours = self.by == "hour" or self.hours != WHOLE_DAY
        coarsest: tuple[Source, ...] = ("hour",) if by_hours else ("day", "hour")
        spans = _cut(self.start, self.end + 1, coarsest)
        return [span for span in spans if span.source != "message" or self._is_wanted(span.start)]

    def period_of(self, span: "Span") -> int:
        """The first instant of the period that holds the span, which is one of messages."""
        length = _LENGTHS[self.by]
        return span.start // length * length

    def _is_wanted(self, moment: int) -> bool:
        first, last = self.hours
        return first <= moment % instant.DAY // instant.HOUR < last


def can_count(filters: Filters) -> bool:
    """Return whether counts are kept by each of the filters in force."""
    return all(each.counted for each, _ in in_force(filters))


class RecentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose latest messages are counted: those of some programs until `now`, an instant.

    By day of GMT, of as many `days` as are wanted, today included; and of the last 24 hours.
    """

    program_ids: tuple[int, ...]
    now: int
    days: int

    @property
    def since(self) -> int:
        """The first instant of the first day."""
        return self.today - (self.days - 1) * instant.DAY

    @property
    def today(self) -> int:
        """The first instant of the last day."""
        return instant.midnight(self.now)

    def bounds(self) -> dict[str, int]:
        """Where days, hours and messages that are read begin and end, in one order."""
        day_ago = self.now - instant.DAY
        return {
            "since": self.since,
            "today": self.today,
            "hour": self.now // instant.HOUR * instant.HOUR,
            "now": self.now,
            "first_hour": -(-day_ago // instant.HOUR) * instant.HOUR,
            "day_ago": day_ago,
        }


class RecentCount(msgspec.Struct, frozen=True):
    """How many messages a program has, of one day or, where `start` is None, of the last 24 hours.

    `sent` of them are MTs, of which `delivered` were delivered. Several of one day add up.
    """

    program_id: int
    start: int | None
    messages: int
    sent: int
    delivered: int


class Span(msgspec.Struct, frozen=True):
    """A part of a window, from `start` until before `end`, and the rows that it is counted from."""

    source: Source
    start: int
    end: int


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages of one type and delivery status there are, at least one.

    `start` is the first instant of their hour or day, None where they are counted by neither.
    `network` is theirs where they are counted by it; None where it is not known. `segments` is the
    sum over the `segmented` of them that have said theirs.
    """

    start: int | None
    type: MessageType
    delivery_status: DeliveryStatus
    network: str | None
    messages: int
    segments: int
    segmented: int


def _cut(start: int, end: int, coarsest: tuple[Source, ...]) -> "list[Span]":
    if start >= end:
        return []
    if not coarsest:
        return [Span("message", start, end)]
    length, finer = _LENGTHS[coarsest[0]], coarsest[1:]
    first, last = -(-start // length) * length, end // length * length
    if first > last:  # it lies within one
        return _cut(start, end, finer)
    whole = [Span(coarsest[0], first, last)] if first < last else []
    return [*_cut(start, first, finer), *whole, *_cut(last, end, finer)]

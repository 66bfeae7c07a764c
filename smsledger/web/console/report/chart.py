"""Counts -> a chart of messages by period and delivery status. No SQL, no HTTP.

A day is one of a time zone's clock. Counts are kept by the hours of GMT, so that the days of a zone
whose hours begin elsewhere are put together of those: they begin up to an hour off its midnight.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from smsledger.ledger import instant, zones
from smsledger.ledger.counts import Count
from smsledger.ledger.model import DeliveryStatus

# Up to this length a window is shown hour by hour.
BY_HOURS = 3 * instant.DAY
_ONE_DAY = timedelta(days=1)
# As many as there are hours in the windows of a few visitors.
_LABELS = 50_000
Period = Literal["hour", "day"]
# Messages by the start of their period and by delivery status.
Sums: TypeAlias = Counter[tuple[int, DeliveryStatus]]


class Series(msgspec.Struct, frozen=True):
    """The messages of one delivery status in each period."""

    status: DeliveryStatus
    counts: list[int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


class Chart(msgspec.Struct, frozen=True):
    """Periods, oldest first and without a gap, and a series for each delivery status there is."""

    period: Period
    labels: list[str]
    series: list[Series]

    @property
    def total(self) -> int:
        """All messages."""
        return sum(each.total for each in self.series)

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """The periods that have messages, with the count of each series."""
        columns = zip(*(each.counts for each in self.series), strict=True)
        rows = zip(self.labels, map(list, columns), strict=False)
        return [(label, counts) for label, counts in rows if any(counts)]

    def json(self) -> str:
        """The same for the script that draws it."""
        return msgspec.json.encode(self).decode()


def sums_of(counts: list[Count]) -> Sums:
    """What was counted by hours or days, of whichever type and network."""
    sums: Sums = Counter()
    for each in counts:
        if each.start is not None:
            sums[each.start, each.delivery_status] += each.messages
    return sums


def chart_of(sums: Sums, period: Period, zone: str, start: int | None, end: int | None) -> Chart:
    """The chart of what was counted by hour; by day, if its periods are days of the zone.

    Args:
        sums: what was counted.
        period: of the chart.
        zone: whose clock says when a period begins.
        start: an instant of its first period; None: of the first count.
        end: an instant of its last period; None: of the last count.
    """
    label_of = _hour_of if period == "hour" else _day_of
    shown: Counter[tuple[str, DeliveryStatus]] = Counter()
    for (at, status), messages in sums.items():
        shown[label_of(at, zone), status] += messages
    starts = [at for at, _ in sums]
    bounds = [*starts, *(each for each in (start, end) if each is not None)]
    labels = _labels(label_of, min(bounds), max(bounds), zone) if starts else []
    present = {status for _, status in shown}
    series = [
        Series(status, [shown[label, status] for label in labels])
        for status in DeliveryStatus
        if status in present
    ]
    return Chart(period, labels, series)


def _labels(label_of: Callable[[int, str], str], first: int, last: int, zone: str) -> list[str]:
    """The names of all periods between two instants, both included; a step may name one again."""
    begin = first // instant.HOUR * instant.HOUR
    return list(dict.fromkeys(label_of(at, zone) for at in range(begin, last + 1, instant.HOUR)))


@lru_cache(_LABELS)
def _day_of(start: int, zone: str) -> str:
    return zones.clock(start, zone).date().isoformat()


@lru_cache(_LABELS)
def _hour_of(start: int, zone: str) -> str:
    shown = zones.clock(start, zone)
    return f"{shown:%Y-%m-%d %H:%M}{' again' if shown.fold else ''}"

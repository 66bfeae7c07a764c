"""Messages by the days of GMT -> by the days of a time zone.

A day of a zone is one of GMT without the hours in which the zone has another day, and with those of
its neighbours in which it has that day. So of a year only these few hours of each day are read.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import lru_cache
from itertools import groupby

import msgspec

from smsledger.ledger import zones
from smsledger.ledger.instant import DAY, HOUR
from smsledger.web.console.report.chart import Sums

# As many as there are days in the windows of a few visitors.
_BEGINNINGS = 10_000


class Hours(msgspec.Struct, frozen=True):
    """Some hours of each day of GMT, from `first` until before `last`; from `start` to `end`."""

    first: int
    last: int
    start: int
    end: int


async def days_of(zone: str, days: Sums, read: Callable[[Hours], Awaitable[Sums]]) -> Sums:
    """The messages by the days of a zone, each under the first hour of GMT that begins in it.

    Args:
        zone: whose clock says when a day begins.
        days: the messages by the days of GMT.
        read: what there is of them in certain hours, by the days of GMT too.
    """
    moved = Counter(days)
    midnights = {start + more for start, _ in days for more in (0, DAY)}
    for ahead, some in groupby(sorted(midnights), lambda each: _beginning(each, zone) - each):
        if ahead:
            stretch = list(some)
            step = DAY if ahead < 0 else -DAY
            part = await read(_hours(ahead, stretch[0], stretch[-1]))
            for (day, status), messages in part.items():
                moved[day, status] -= messages
                moved[day + step, status] += messages
    # Where a message changed between two of these reads, there may be less than none of it.
    return Counter({(_beginning(day, zone), status): of for (day, status), of in (+moved).items()})


def _hours(ahead: int, first: int, last: int) -> Hours:
    """The hours between the midnights of GMT and those of a zone, which are so far ahead."""
    if ahead < 0:
        return Hours(24 + ahead // HOUR, 24, first - DAY, last - 1)
    return Hours(0, ahead // HOUR, first, last + DAY - 1)


@lru_cache(_BEGINNINGS)
def _beginning(day: int, zone: str) -> int:
    """The first hour of GMT that begins when a zone's clock shows a day, given as that of GMT."""
    return -(-zones.first_at(day, zone) // HOUR) * HOUR

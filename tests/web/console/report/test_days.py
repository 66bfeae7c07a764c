"""The days of a zone from those of GMT and a few of their hours, held to counting all hours."""

from collections import Counter
from datetime import date

import pytest

from smsledger.ledger import instant, zones
from smsledger.ledger.instant import DAY, HOUR
from smsledger.ledger.model import DeliveryStatus
from smsledger.web.console.report.chart import Sums
from smsledger.web.console.report.days import Hours, days_of

ALL = Hours(0, 24, instant.EARLIEST, instant.LATEST)
SENT = DeliveryStatus.SENT
AUTUMN = "2026-10-18T05:00:00"


class Ledger:
    """Some messages in each hour of days, and what was read of them."""

    def __init__(self, start: str, days: int) -> None:
        first = instant.parse(start).first
        self.hours = {first + n * HOUR: n % 7 + 1 for n in range(days * 24)}
        self.read_hours: list[tuple[int, int]] = []

    async def read(self, hours: Hours) -> Sums:
        self.read_hours.append((hours.first, hours.last))
        sums: Sums = Counter()
        for start, messages in self.hours.items():
            of_day = start % DAY // HOUR
            if hours.start <= start <= hours.end and hours.first <= of_day < hours.last:
                sums[start // DAY * DAY, SENT] += messages
        return sums

    def by_days_of(self, zone: str) -> Counter[date]:
        sums: Counter[date] = Counter()
        for start, messages in self.hours.items():
            sums[zones.clock(start, zone).date()] += messages
        return sums


async def days_in(zone: str, ledger: Ledger) -> dict[date, int]:
    """What is said of each date."""
    found = await days_of(zone, await ledger.read(ALL), ledger.read)
    return {zones.clock(start, zone).date(): messages for (start, _), messages in found.items()}


@pytest.mark.parametrize(
    "zone", sorted({name for some in zones.choices().values() for name in some})
)
async def test_days_of_any_zone_are_what_their_hours_add_up_to(zone: str) -> None:
    for start in (AUTUMN, "2026-03-05T17:00:00"):
        ledger = Ledger(start, 35)
        assert await days_in(zone, ledger) == ledger.by_days_of(zone)


@pytest.mark.parametrize("start", ["2011-12-28T00:00:00", "1969-12-30T03:00:00"])
async def test_a_day_that_never_came_and_days_of_before_1970_are_right_too(start: str) -> None:
    ledger = Ledger(start, 5)
    assert await days_in("Pacific/Apia", ledger) == ledger.by_days_of("Pacific/Apia")


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("GMT", []),
        ("Asia/Tokyo", [(15, 24)]),
        ("America/New_York", [(0, 4), (0, 5)]),
        ("Europe/London", [(23, 24)]),
    ],
)
async def test_only_the_hours_of_another_day_are_read(
    zone: str, hours: list[tuple[int, int]]
) -> None:
    ledger = Ledger(AUTUMN, 20)
    await days_in(zone, ledger)
    assert ledger.read_hours == [(0, 24), *hours]


async def test_what_changed_between_two_reads_is_never_less_than_none() -> None:
    late = instant.parse("2026-07-01T23:00:00").first

    async def read(_: object) -> Sums:
        return Counter({(late // DAY * DAY, SENT): 1})

    found = await days_of("Europe/Berlin", Counter(), read)
    assert found == {}
    delivered = Counter({(late // DAY * DAY, DeliveryStatus.DELIVERED): 1})
    assert min((await days_of("Europe/Berlin", delivered, read)).values()) == 1

"""Clocks on walls: set forward and back, off the whole hour, at the ends of time."""

import pytest

from smsledger.ledger import instant, zones
from smsledger.ledger.instant import HOUR, MINUTE


def at(text: str) -> int:
    return instant.parse(text).first


BERLIN, KOLKATA = "Europe/Berlin", "Asia/Kolkata"


@pytest.mark.parametrize(
    ("zone", "wall", "gmt"),
    [
        ("GMT", "2026-07-01T12:00:00", "2026-07-01T12:00:00"),
        (BERLIN, "2026-01-01T00:00:00", "2025-12-31T23:00:00"),
        (BERLIN, "2026-07-01T00:00:00", "2026-06-30T22:00:00"),
        (KOLKATA, "2026-07-01T00:00:00", "2026-06-30T18:30:00"),
        ("America/St_Johns", "2026-07-01T00:00:00", "2026-07-01T02:30:00"),
    ],
)
def test_a_time_that_comes_once_is_one_instant(zone: str, wall: str, gmt: str) -> None:
    assert zones.first_at(at(wall), zone) == zones.last_at(at(wall), zone) == at(gmt)
    assert zones.clock(at(gmt), zone).replace(tzinfo=None).isoformat() == wall


def test_a_time_that_comes_twice_begins_with_the_first_and_ends_with_the_second() -> None:
    twice = at("2026-10-25T02:30:00")
    assert zones.first_at(twice, BERLIN) == at("2026-10-25T00:30:00")
    assert zones.last_at(twice, BERLIN) == at("2026-10-25T01:30:00")


def test_a_time_that_never_comes_is_when_the_clock_is_set() -> None:
    never = at("2026-03-29T02:30:00")
    assert zones.first_at(never, BERLIN) == at("2026-03-29T01:00:00")
    assert zones.last_at(never, BERLIN) == at("2026-03-29T01:00:00") - 1


def test_a_day_that_never_came_is_empty() -> None:
    day = at("2011-12-30T00:00:00")  # Samoa went over the date line
    start = zones.first_at(day, "Pacific/Apia")
    assert zones.last_at(day + 24 * HOUR - 1, "Pacific/Apia") == start - 1


def test_the_ends_of_time_are_not_passed() -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert zones.first_at(instant.EARLIEST, zone) >= instant.EARLIEST
        assert zones.last_at(instant.LATEST, zone) <= instant.LATEST


def test_it_is_known_whose_hours_begin_with_those_of_gmt() -> None:
    summer = at("2026-07-01T00:00:00")
    assert zones.is_on_the_hour(BERLIN, summer, summer + MINUTE)
    assert not zones.is_on_the_hour(KOLKATA, summer, summer + MINUTE)
    assert not zones.is_on_the_hour("Australia/Lord_Howe", summer - 4383 * HOUR, summer)


def test_a_choice_of_zones_has_each_region_in_order() -> None:
    assert BERLIN in zones.choices()["Europe"]
    assert all(list(some) == sorted(some) != [] for some in zones.choices().values())
    assert zones.GMT in zones.names()

"""Time zones: what a clock on a wall shows -> instants, and back.

A zone's clock is set forward and back: some of its times never come, and some come twice. A window
between two of them holds all that the clock showed between them, either time.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from smsledger.ledger import instant

GMT = "GMT"
# A name for each place; the others are names of before, or for those who know them.
_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@cache
def names() -> frozenset[str]:
    """Every zone that can be asked for."""
    return frozenset(available_timezones()) | {GMT}


@cache
def choices() -> dict[str, tuple[str, ...]]:
    """The zones that one chooses from, by region."""
    return {
        region: tuple(sorted(name for name in names() if name.startswith(f"{region}/")))
        for region in _REGIONS
    }


def first_at(wall: int, zone: str) -> int:
    """The first instant from which the zone's clock shows that time or a later one.

    Args:
        wall: what the clock shows, as the instant at which it would be so in GMT.
        zone: one of `names`.
    """
    early, late = _readings(wall, zone)
    return _held(early if early <= late else _setting(late, early, zone))


def last_at(wall: int, zone: str) -> int:
    """The last instant until which the zone's clock shows that time or an earlier one."""
    early, late = _readings(wall, zone)
    return _held(late if early <= late else _setting(late, early, zone) - 1)


def clock(moment: int, zone: str) -> datetime:
    """What the zone's clock shows at an instant."""
    return (_EPOCH + moment * _MICROSECOND).astimezone(ZoneInfo(zone))


def is_on_the_hour(zone: str, start: int, end: int) -> bool:
    """Whether the zone's hours begin when those of GMT do, at both ends of a window."""
    return all(_offset(moment, zone) % instant.HOUR == 0 for moment in (start, end))


def _readings(wall: int, zone: str) -> tuple[int, int]:
    """The instants of a time that comes twice; the later one first if it never comes."""
    shown = (_EPOCH + wall * _MICROSECOND).replace(tzinfo=ZoneInfo(zone))
    both = (shown.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1))
    early, late = (wall - offset // _MICROSECOND for offset in both)
    return early, late


def _setting(before: int, after: int, zone: str) -> int:
    """The instant at which the clock is set, between two others."""
    was = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(middle, zone) == was else (before, middle)
    return after


def _offset(moment: int, zone: str) -> int:
    return (clock(moment, zone).utcoffset() or timedelta(0)) // _MICROSECOND


def _held(moment: int) -> int:
    return min(max(moment, instant.EARLIEST), instant.LATEST)

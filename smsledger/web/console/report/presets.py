"""Windows that are often wanted, by one button each."""

from datetime import datetime, timedelta

import msgspec

from smsledger.ledger import instant, zones

_DAY = timedelta(days=1)


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A window: `start` and `end` are dates as its form has them, `end` empty where it goes on."""

    name: str
    label: str
    start: str
    end: str = ""


def presets(now: int, zone: str) -> list[Preset]:
    """The windows as of now, by the zone's clock; weeks begin on Monday."""
    today = zones.clock(now, zone).replace(hour=0, minute=0)
    monday = today - today.weekday() * _DAY
    yesterday = _text(zones.clock(now - instant.DAY, zone))
    return [
        Preset(name="24-hours", label="Last 24 hours", start=yesterday),
        Preset(name="7-days", label="Last 7 days", start=_text(today - 6 * _DAY)),
        Preset(
            name="last-week",
            label="Last week",
            start=_text(monday - 7 * _DAY),
            end=f"{monday - _DAY:%Y-%m-%d}T23:59",
        ),
        Preset(name="30-days", label="Last 30 days", start=_text(today - 29 * _DAY)),
    ]


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"

"""What a transaction does to the counts of its program. Pure: no SQL, no clock."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from smsledger.ledger import instant

# Type, delivery status, and network, which is '' where none is known.
What: TypeAlias = tuple[str, str, str]
# Messages, segments, and how many of the messages have said their segments.
Figures: TypeAlias = tuple[int, int, int]
_PERIODS = {"day": instant.DAY, "hour": instant.HOUR}


class CountDeltas(msgspec.Struct):
    """How many messages more or fewer there are in each hour, and segments."""

    by_hour: dict[int, dict[What, Figures]] = {}

    @classmethod
    def of_leaving(cls, messages: Iterable[Iterable[Any]]) -> "CountDeltas":
        """What it does that messages leave: their date, type, status, network and segments."""
        deltas = cls()
        for message in messages:
            deltas.change(-1, *message)
        return deltas

    def change(
        self,
        more: int,
        date: int,
        message_type: str,
        delivery_status: str,
        network: str | None,
        segments: int | None,
    ) -> None:
        """Count so many more messages of that date and kind; -1 for one that leaves."""
        hour = self.by_hour.setdefault(date // instant.HOUR * instant.HOUR, {})
        what = (message_type, delivery_status, network or "")
        figures = (more, more * (segments or 0), more * (segments is not None))
        hour[what] = _sum(hour[what], figures) if what in hour else figures

    def rows(self) -> list[tuple[str, int, str, str, str, int, int, int]]:
        """What is to be added to the rows of the counts, by day and by hour, in the order of keys.

        Each is the key, without the program, and the figures.
        """
        rows: dict[tuple[str, int, str, str, str], Figures] = {}
        for period, length in _PERIODS.items():
            for hour, counted in self.by_hour.items():
                for what, figures in counted.items():
                    key = (period, hour // length * length, *what)
                    rows[key] = _sum(rows[key], figures) if key in rows else figures
        return [(*key, *figures) for key, figures in sorted(rows.items()) if any(figures)]


def _sum(one: Figures, other: Figures) -> Figures:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]

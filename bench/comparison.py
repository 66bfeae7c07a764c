"""What is compared with what, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

TAIL = 0.025  # of the pairs, beyond either bound

Figures = tuple[float, ...]  # one a round
Bounds = tuple[float, float, float]  # lower, median, upper


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long each thing is measured: `rounds` times, in turn, for `seconds` each time."""

    rounds: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Our figures against others of the same rounds: only the ratio travels between machines.

    `target` is the least ratio that we promise, or the greatest if `at_most`. None: for
    information only.
    """

    name: str
    unit: str
    ours: Figures
    other: Figures
    target: float | None = None
    at_most: bool = False

    @property
    def ratio(self) -> float:
        """Ours over the other: the median of the rounds' ratios, so that drift cancels."""
        return median(ours / other for ours, other in zip(self.ours, self.other, strict=True))

    @property
    def met(self) -> bool:
        """Whether the target was reached."""
        if self.target is None:
            return True
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def line(self) -> str:
        """The comparison on one line, for people."""
        promised = ""
        if self.target is not None:
            promised = f"{'at most' if self.at_most else 'at least'} {self.target:g}"
        verdict = "" if self.met else "  NOT MET"
        figures = f"{median(self.ours):,.0f} against {median(self.other):,.0f} {self.unit}"
        return f"{self.name:<64} {self.ratio:>7.3g}  {promised:<13} ({figures}){verdict}"

    def record(self) -> dict[str, object]:
        """The comparison for the file of results."""
        return {
            "name": self.name,
            "ratio": round(self.ratio, 4),
            "target": self.target,
            "at_most": self.at_most,
            "met": self.met,
            "unit": self.unit,
            "ours": [round(figure, 1) for figure in self.ours],
            "other": [round(figure, 1) for figure in self.other],
        }


def alternate(measures: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, Figures]:
    """What each measure came to in each round; they are taken in turn, A B A B."""
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            figures[name].append(measure())
    return {name: tuple(taken) for name, taken in figures.items()}


def in_pairs(
    ours: Callable[[], float], other: Callable[[], float], *, pairs: int
) -> tuple[Figures, Figures]:
    """What two measures came to, in turn.

    The order changes with each pair, and the first pair is not counted.
    """
    figures: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs + 1):
        order = (0, 1) if number % 2 else (1, 0)
        taken = {side: (ours, other)[side]() for side in order}
        if number:
            figures[0].append(taken[0])
            figures[1].append(taken[1])
    return tuple(figures[0]), tuple(figures[1])


def bounds_of(ours: Sequence[float], other: Sequence[float]) -> Bounds:
    """The median of the pairs' ratios between its 95 % bounds, which are two of the ratios.

    Fewer than six pairs have no such bounds: the least and the greatest ratio stand for them.
    """
    ordered = sorted(one / two for one, two in zip(ours, other, strict=True))
    count = len(ordered)
    beyond, rank = 0.0, 0
    while rank < count // 2 and (beyond := beyond + comb(count, rank) / 2**count) <= TAIL:
        rank += 1
    place = max(rank - 1, 0)
    return ordered[place], median(ordered), ordered[count - 1 - place]

"""What is compared with what, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Figures = tuple[float, ...]  # one a round


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

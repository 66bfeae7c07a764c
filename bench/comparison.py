"""What is compared with what, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long each thing is measured: `rounds` times, in turn, for `seconds` each time."""

    rounds: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Our figure against another one of the same run: only the ratio travels between machines.

    `target` is the least ratio that we promise, or the greatest if `at_most`. None: for
    information only.
    """

    name: str
    unit: str
    ours: float
    other: float
    target: float | None = None
    at_most: bool = False

    @property
    def ratio(self) -> float:
        """Ours over the other."""
        return self.ours / self.other

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
        figures = f"{self.ours:,.0f} against {self.other:,.0f} {self.unit}"
        return f"{self.name:<54} {self.ratio:>8.3g}  {promised:<13} ({figures}){verdict}"


def alternate(measures: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, float]:
    """The median of each measure, taken in turn (A B A B …), so that a machine's drift cancels."""
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            figures[name].append(measure())
    return {name: median(taken) for name, taken in figures.items()}

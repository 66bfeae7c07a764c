"""What a run came to: printed as it goes, kept as JSON at its end."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import machine
from bench.comparison import Comparison, Effort

SUBJECTS = ("pages", "posts", "ingest", "exports", "feed", "counts", "command", "memory")


@dataclass
class Part:
    """What a run came to on one engine, whose own `facts` are kept beside the machine's.

    `subjects` are what is measured, some of `SUBJECTS`.
    """

    messages: int
    effort: Effort
    subjects: tuple[str, ...] = SUBJECTS
    facts: dict[str, object] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    server_memory: float = 0.0  # MiB, after all its requests

    def add(self, comparisons: Iterable[Comparison]) -> None:
        """Take each comparison as it is made."""
        for comparison in comparisons:
            print(comparison.line(), flush=True)
            self.comparisons.append(comparison)

    def note_memory(self, mebibytes: float) -> None:
        """Take the memory of our server, after what it was measured by."""
        self.server_memory = mebibytes
        print(f"memory of our server after that: {mebibytes:.0f} MiB", flush=True)

    def record(self) -> dict[str, object]:
        """The part for the file of results."""
        return {
            **self.facts,
            "server_memory_mib": round(self.server_memory),
            "comparisons": [comparison.record() for comparison in self.comparisons],
        }


@dataclass
class Report:
    """One run, on one machine, with so many messages in the program."""

    messages: int
    effort: Effort
    subjects: tuple[str, ...] = SUBJECTS
    parts: dict[str, Part] = field(default_factory=dict)

    def of(self, engine: str) -> Part:
        """A new part, for one engine."""
        self.parts[engine] = Part(self.messages, self.effort, self.subjects)
        return self.parts[engine]

    def all_met(self) -> bool:
        """Whether every target was reached."""
        return all(each.met for part in self.parts.values() for each in part.comparisons)

    def write(self, file: Path) -> None:
        """Keep the run in a file; nothing in it tells whose machine it was."""
        result = {
            "machine": machine.facts(),
            "messages": self.messages,
            **asdict(self.effort),
            "engines": {engine: part.record() for engine, part in self.parts.items()},
        }
        file.write_text(json.dumps(result, indent=2) + "\n")

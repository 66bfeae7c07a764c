"""What a run came to: printed as it goes, kept as JSON at its end."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import machine
from bench.comparison import Comparison, Effort


@dataclass
class Report:
    """One run, on one machine, with so many messages in the program."""

    messages: int
    effort: Effort
    comparisons: list[Comparison] = field(default_factory=list)
    server_memory: float = 0.0  # MiB, after all its requests

    def add(self, comparisons: Iterable[Comparison]) -> None:
        """Take each comparison as it is made."""
        for comparison in comparisons:
            print(comparison.line(), flush=True)
            self.comparisons.append(comparison)

    def all_met(self) -> bool:
        """Whether every target was reached."""
        return all(comparison.met for comparison in self.comparisons)

    def write(self, file: Path) -> None:
        """Keep the run in a file; nothing in it tells whose machine it was."""
        result = {
            "machine": machine.facts(),
            "messages": self.messages,
            **asdict(self.effort),
            "server_memory_mib": round(self.server_memory),
            "comparisons": [comparison.record() for comparison in self.comparisons],
        }
        file.write_text(json.dumps(result, indent=2) + "\n")

"""`python -m bench`: every comparison in one run, printed and kept in bench/results/."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from bench import ingest, machine, pages, posts
from bench.comparison import Comparison, Effort
from bench.ledger import build, serving_ledger

RESULTS = Path(__file__).parent / "results" / "latest.json"
MESSAGES = 2_000_000


def main() -> int:
    """Measure; the exit status is 1 if a target was missed."""
    options = _options()
    effort = Effort(rounds=options.rounds, seconds=options.seconds)
    print(f"{options.messages:,} messages in the program, {effort}", flush=True)
    comparisons: list[Comparison] = []
    with _folder(options.folder) as folder:
        for comparison in _measure(folder, options.messages, effort):
            print(comparison.line(), flush=True)
            comparisons.append(comparison)
    _keep(options.results, options.messages, effort, comparisons)
    return 0 if all(comparison.met for comparison in comparisons) else 1


def _measure(folder: Path, messages: int, effort: Effort) -> Iterator[Comparison]:
    ledger = build(folder / "ledger.db", messages)
    with serving_ledger(ledger) as ours:
        yield from pages.compare(ledger, ours, folder, effort)
        yield from posts.compare(ledger, ours, effort)
        print(f"memory of our server after that: {ours.memory():.0f} MiB", flush=True)
    yield from ingest.compare(ledger, folder, effort)


def _keep(file: Path, messages: int, effort: Effort, comparisons: list[Comparison]) -> None:
    measured = [
        {**asdict(comparison), "ratio": comparison.ratio, "met": comparison.met}
        for comparison in comparisons
    ]
    result = {"machine": machine.facts(), "messages": messages, **asdict(effort)}
    file.write_text(json.dumps({**result, "comparisons": measured}, indent=2) + "\n")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="smsledger-bench-") as name:
        yield Path(name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=4.0, help="default %(default)s")
    parser.add_argument("--folder", type=Path, help="a new or empty one; kept afterwards")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

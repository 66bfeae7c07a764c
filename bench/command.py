"""The export command as a process: a whole program into a Parquet file, in one answer or pages."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pyarrow import parquet

from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, Ledger
from bench.server import Server

MOST_ROUNDS = 2  # pages take a minute for each million messages, or about that
PAGE = 500
WHOLE, PAGES = "whole", "pages"


def compare(ledger: Ledger, ours: Server, folder: Path, effort: Effort) -> Iterator[Comparison]:
    """As it is, and made to ask for pages."""
    measures = {
        WHOLE: _rate(ledger, ours.port, folder / "whole.parquet"),
        PAGES: _rate(ledger, ours.port, folder / "pages.parquet", "--page-size", str(PAGE)),
    }
    rates = alternate(measures, rounds=min(effort.rounds, MOST_ROUNDS))
    yield Comparison(
        name=f"smsledger export to Parquet against the same by pages of {PAGE}",
        unit="messages/s",
        ours=rates[WHOLE],
        other=rates[PAGES],
    )


def _rate(ledger: Ledger, port: int, file: Path, *options: str) -> Callable[[], float]:
    """Measures how many messages a second the command exports, its start included."""
    whose = ("--user", ledger.credential.username, "--program", str(PROGRAM))
    arguments = (f"http://127.0.0.1:{port}", *whose, "--output", str(file), "--quiet", *options)
    command = [sys.executable, "-m", "smsledger", "export", *arguments]
    env = {**os.environ, "SMSLEDGER_SECRET": ledger.credential.secret}

    def measure() -> float:
        file.unlink(missing_ok=True)
        began = time.perf_counter()
        subprocess.run(command, check=True, env=env)
        passed = time.perf_counter() - began
        return int(parquet.read_metadata(file).num_rows) / passed

    return measure

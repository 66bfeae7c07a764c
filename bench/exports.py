"""Whole exports over HTTP against what reads the same out of the database without a server.

Both are read by this process, on one connection or through one pipe, in the same way.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pyarrow import parquet

from bench import stream
from bench.comparison import Comparison, Effort, alternate
from bench.direct import Direct
from bench.ledger import Ledger
from bench.server import Server
from bench.walk import PATH

EXPORT = f"{PATH}/export"
MOST_ROUNDS = 5  # each takes seconds, and does not scatter as much as what takes less
OURS, DIRECT = "ours", "direct"


def compare(
    ledger: Ledger, ours: Server, direct: Direct, folder: Path, effort: Effort
) -> Iterator[Comparison]:
    """NDJSON into a pipe and a socket that are read and dropped, Parquet into files."""
    count = _count(ledger, ours.port, folder)
    rounds = min(effort.rounds, MOST_ROUNDS)
    yield _lines(ledger, ours.port, direct, count, rounds)
    yield _parquet(ledger, ours.port, direct, folder, count, rounds)


def _lines(ledger: Ledger, port: int, direct: Direct, count: int, rounds: int) -> Comparison:
    theirs = stream.digest_command(direct.dump)
    assert stream.digest(ledger, port, EXPORT) == theirs, "the dump has other bytes"
    measures = {
        OURS: _rate(count, partial(stream.drain, ledger, port, EXPORT)),
        DIRECT: _rate(count, partial(stream.drain_command, direct.dump)),
    }
    rates = alternate(measures, rounds=rounds)
    return Comparison(
        name=f"whole exports as NDJSON against {direct.dump_name}",
        unit="messages/s",
        ours=rates[OURS],
        other=rates[DIRECT],
        target=direct.dump_at_least,
    )


def _parquet(
    ledger: Ledger, port: int, direct: Direct, folder: Path, count: int, rounds: int
) -> Comparison:
    ours, theirs = folder / "ours.parquet", folder / "direct.parquet"
    measures = {
        OURS: _rate(count, partial(stream.save, ledger, port, f"{EXPORT}?format=parquet", ours)),
        DIRECT: _rate(count, partial(direct.write_parquet, theirs)),
    }
    rates = alternate(measures, rounds=rounds)
    _check_same_rows(ours, theirs)
    return Comparison(
        name=f"whole exports as Parquet against {direct.parquet_name}",
        unit="messages/s",
        ours=rates[OURS],
        other=rates[DIRECT],
        target=direct.parquet_at_least,
    )


def _rate(count: int, export: Callable[[], None]) -> Callable[[], float]:
    """Measures how many of the messages an export brings a second."""

    def measure() -> float:
        began = time.perf_counter()
        export()
        return count / (time.perf_counter() - began)

    return measure


def _count(ledger: Ledger, port: int, folder: Path) -> int:
    """How many messages a whole export has: its footer says it."""
    file = folder / "counted.parquet"
    stream.save(ledger, port, f"{EXPORT}?format=parquet", file)
    return int(parquet.read_metadata(file).num_rows)


def _check_same_rows(ours: Path, theirs: Path) -> None:
    """Column by column, so that neither file is in memory as a whole."""
    for name in parquet.read_schema(ours).names:
        one, other = (parquet.read_table(file, columns=[name]) for file in (ours, theirs))
        assert one.cast(other.schema).equals(other), f"the files differ in {name}"

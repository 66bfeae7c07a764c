"""`python -m bench.parts`: what a part of the server costs, over HTTP.

Two servers run on two ledgers with the same messages. One of them has the part, the other has not,
and they are asked in turn. A result is the rate with the part as a share of the rate without it:
the median of the pairs, and its 95 % bounds.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice, repeat
from math import comb
from pathlib import Path
from statistics import median

import asyncpg
import msgspec

from bench import stream, wire
from bench.exports import EXPORT
from bench.ledger import Ledger, build
from bench.load import load
from bench.pages import following
from bench.postgres import cluster
from bench.server import free_port, serving_app
from bench.stock import Stock, new_messages
from bench.switched import SWITCHED_OFF, SWITCHES
from bench.walk import PATH
from smsledger.ledger.model import Message
from smsledger.store.sqlite.connection import connect, path_of

BATCH = 100
MOST_BATCHES = 1000  # more than any machine takes in a second
CONNECTIONS = 4
PAGE_SIZE = 500
SEED = 8
TAIL = 0.025  # of the pairs, beyond either bound
# Both tables are written once more, so that their rows lie alike on the disk.
REWRITES = {
    "with": "UPDATE message SET check_value = check_value",
    "without": "UPDATE message SET check_value = NULL",
}

Bounds = tuple[float, float, float]  # lower, median, upper


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two servers; `posted` are batches without receipts."""

    ledger: Ledger
    port: int
    stock: Stock[list[Message]]
    posted: deque[list[Message]] = field(default_factory=deque)

    def post(self, messages: list[Message]) -> bytes:
        """The request that posts new messages."""
        self.posted.append(messages)
        names = ("id", "type", "number", "body", "network")
        rows = [{name: getattr(message, name) for name in names} for message in messages]
        return self.ledger.credential.post(PATH, msgspec.json.encode(rows))

    def receive(self) -> bytes:
        """The request that posts a receipt for each message of a batch."""
        rows = [
            {"id": message.id, "deliveryStatus": "Error" if message.type == "MT" else "Received"}
            for message in self.posted.popleft()
        ]
        return self.ledger.credential.post(f"{PATH}/receipts", msgspec.json.encode(rows))


def main() -> None:
    """Measure parts on both engines, and print the results."""
    options = _options()
    results: dict[str, Bounds] = {}
    for engine in [options.engine] if options.engine else ("sqlite", "postgres"):
        for part in options.part or SWITCHES:
            if (engine, part) == ("postgres", "secure delete"):
                continue  # only SQLite has it
            with _sides(engine, part, options.messages) as (with_part, without):
                for name, rate in MEASURES[part].items():
                    ratios = list(_pairs(with_part, without, rate, options))
                    low, middle, high = bounds = _bounds(ratios)
                    line = f"{engine}: {name}, with {part} of without"
                    print(f"{line:<64} {middle:.3f} ({low:.3f} to {high:.3f})", flush=True)
                    results[line] = bounds
    if options.results:
        options.results.write_text(json.dumps(results, indent=1) + "\n")


def _pages(side: Side, seconds: float) -> float:
    request = following(side.ledger, side.port, "", PAGE_SIZE)
    return load(side.port, repeat(request), connections=CONNECTIONS, seconds=seconds).rate


def _ingest(side: Side, seconds: float) -> float:
    return _rate_of([side.post(batch) for batch in _batches(side, seconds)], side, seconds)


def _receipts(side: Side, seconds: float) -> float:
    side.posted.clear()
    for batch in _batches(side, seconds):
        wire.ask(side.port, side.post(batch))
    return _rate_of([side.receive() for _ in list(side.posted)], side, seconds)


def _exports(side: Side, _seconds: float) -> float:
    began = time.perf_counter()
    stream.drain(side.ledger, side.port, EXPORT)
    return 1 / (time.perf_counter() - began)


MEASURES: dict[str, dict[str, Callable[[Side, float], float]]] = {
    "check values": {"pages of 500": _pages, "ingest": _ingest, "receipts": _receipts},
    "repeated keys": {"ingest": _ingest},
    "secure delete": {"ingest": _ingest, "receipts": _receipts},
    "export checks": {"whole exports": _exports},
}


def _batches(side: Side, seconds: float) -> list[list[Message]]:
    side.stock.fill()
    return list(islice(side.stock, int(MOST_BATCHES * seconds)))


def _rate_of(requests: list[bytes], side: Side, seconds: float) -> float:
    return load(side.port, iter(requests), connections=CONNECTIONS, seconds=seconds).rate


def _pairs(
    with_part: Side,
    without: Side,
    rate: Callable[[Side, float], float],
    options: argparse.Namespace,
) -> Iterator[float]:
    """The ratio of each pair; the order changes each time, and the first pair is not counted."""
    for number in range(options.pairs + 1):
        sides = (with_part, without) if number % 2 else (without, with_part)
        rates = {id(side): rate(side, options.seconds) for side in sides}
        if number:
            yield rates[id(with_part)] / rates[id(without)]


def _bounds(ratios: list[float]) -> Bounds:
    """The median between its 95 % bounds, which are two of the pairs in order."""
    count, ordered = len(ratios), sorted(ratios)
    beyond, rank = 0.0, 0
    while rank < count // 2 and (beyond := beyond + comb(count, rank) / 2**count) <= TAIL:
        rank += 1
    place = max(rank - 1, 0)
    return ordered[place], median(ordered), ordered[count - 1 - place]


@contextmanager
def _sides(engine: str, part: str, messages: int) -> Iterator[tuple[Side, Side]]:
    with tempfile.TemporaryDirectory(prefix="smsledger-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # a database's server has a user of its own
        if engine == "sqlite":
            urls = [f"sqlite:///{folder / way}.db" for way in REWRITES]
        else:
            server = stack.enter_context(cluster.running(folder / "cluster"))
            urls = asyncio.run(_databases(server))
        with_part, without = [build(url, messages) for url in urls]
        if part == "check values":
            _rewrite(with_part.url, REWRITES["with"])
            _rewrite(without.url, REWRITES["without"])
        on, off = _environments(part)
        yield _serve(stack, with_part, on), _serve(stack, without, off)


def _environments(part: str) -> tuple[dict[str, str], dict[str, str]]:
    if part == "export checks":
        return {"SMSLEDGER_EXPORT_CHECKS": "on"}, {"SMSLEDGER_EXPORT_CHECKS": "off"}
    return {}, {SWITCHED_OFF: part}


def _serve(stack: ExitStack, ledger: Ledger, env: dict[str, str]) -> Side:
    port = free_port()
    env = {"SMSLEDGER_STORE": ledger.url, **env}
    stack.enter_context(serving_app("bench.switched:app", port=port, env=env))
    messages = new_messages(SEED)
    batches = iter(lambda: list(islice(messages, BATCH)), [])
    return Side(ledger=ledger, port=port, stock=Stock(batches, MOST_BATCHES))


async def _databases(server: str) -> list[str]:
    connection = await asyncpg.connect(server)
    for way in REWRITES:
        await connection.execute(f"CREATE DATABASE ledger_{way}")
    await connection.close()
    return [f"{server.rsplit('/', 1)[0]}/ledger_{way}" for way in REWRITES]


def _rewrite(url: str, sql: str) -> None:
    if url.startswith("sqlite"):
        with closing(connect(path_of(url))) as ledger:
            ledger.execute(f"{sql}; VACUUM").fetchall()
    else:
        asyncio.run(_rewrite_database(url, sql))


async def _rewrite_database(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in (sql, "VACUUM FULL message", "VACUUM ANALYZE"):
        await connection.execute(statement)
    await connection.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.parts", description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), help="default: both")
    parser.add_argument("--part", choices=SWITCHES, action="append", help="default: all")
    parser.add_argument("--messages", type=int, default=100_000, help="default %(default)s")
    parser.add_argument("--pairs", type=int, default=30, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=1.0, help="default %(default)s")
    parser.add_argument("--results", type=Path, help="where the JSON goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()

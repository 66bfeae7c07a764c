"""`python -m bench.check_values`: what check values cost, in pairs with and without them.

Ingest: the same store writes batches of messages, and of receipts, with the values and with the
function that computes them switched off. Pages: two ledgers with the same rows, one without values.
Exports: steps of a whole export, alone and with their rows checked. All in this process, without
HTTP, so that the share of the values is at its largest.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from math import comb
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from bench.ledger import PROGRAM, build
from bench.postgres import bare, cluster
from bench.sqlite.ingest import _copy
from bench.stock import new_messages, put_aside
from smsledger import instant
from smsledger.copying import open_tables
from smsledger.model import DeliveryStatus, Message, Receipt
from smsledger.query import MAX_PAGE_SIZE, Page, PageQuery, PageRequest, begin, pinned
from smsledger.store import message_checks, open_store, posting
from smsledger.store.protocol import Store
from smsledger.store.sqlite.connection import connect, path_of
from smsledger.store.tables import MESSAGE

BATCH = 100
BATCHES = 40
PAGES = 100
WALKS = 5
STEPS = 6
MOST_EXPORTS = 10
STEP = 2000
SEED = 8
ON, OFF = "with", "without"
Spent = tuple[float, float]  # seconds for a message: on the clock, and of this process
Work = Callable[[str], Awaitable[Spent]]  # does it one way


def main() -> None:
    """Measure on both engines, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.check_values", description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), help="default: both")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--results", type=Path, help="where the figures go, as JSON")
    options = parser.parse_args()
    figures = {
        engine: _measured(engine, options.messages, options.pairs)
        for engine in ([options.engine] if options.engine else ("sqlite", "postgres"))
    }
    if options.results:
        options.results.write_text(json.dumps(figures, indent=1) + "\n")


def _measured(engine: str, messages: int, pairs: int) -> dict[str, Any]:
    print(f"\n{engine}, {messages:,} messages, {pairs} pairs", flush=True)
    with tempfile.TemporaryDirectory(prefix="smsledger-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        if engine == "sqlite":
            url = f"sqlite:///{folder / 'ledger.db'}"
            ledger = build(url, messages)
            bare_file = _copy(path_of(url), folder / "without.db")
            connection = connect(bare_file)
            connection.execute("UPDATE message SET check_value = NULL").fetchall()
            connection.execute("VACUUM").fetchall()
            connection.close()
            connection = connect(path_of(url))
            connection.execute("VACUUM").fetchall()
            connection.close()
            return asyncio.run(_pairs(url, f"sqlite:///{bare_file}", pairs))
        with cluster.running(folder / "cluster") as url:
            ledger = build(url, messages)
            without = asyncio.run(bare.copy(ledger))
            asyncio.run(_rewrite(url, "SELECT 1"))
            asyncio.run(_rewrite(without, "UPDATE message SET check_value = NULL"))
            return asyncio.run(_pairs(url, without, pairs))


async def _rewrite(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.execute("VACUUM FULL ANALYZE message")
    await connection.close()


async def _pairs(url: str, without_url: str, pairs: int) -> dict[str, Any]:
    store, without = await open_store(url), await open_store(without_url, unconfirmed=True)
    tables = await open_tables(url)
    messages = new_messages(SEED)
    steps = [await _step(store)]
    checked: list[str] = []

    async def pages(way: str) -> Spent:
        return await _timed(_walk(store if way == ON else without, WALKS))

    async def ingest(way: str) -> Spent:
        batches = [list(islice(messages, BATCH)) for _ in range(BATCHES)]
        checked[:] = [message.id for batch in batches for message in batch]
        put_aside()
        with _values(way):
            return await _timed(_post(store, batches))

    async def receipts(way: str) -> Spent:
        given = [
            Receipt(id=each, delivery_status=DeliveryStatus.ERROR, text=way) for each in checked
        ]
        with _values(way):
            return await _timed(_receive(store, given))

    async def exports(way: str) -> Spent:
        return await _timed(_export(store, steps[0], tables if way == ON else None))

    outcome = {}
    for name, work in (
        ("pages of 500", pages),
        ("ingest in batches of 100", ingest),
        ("receipts in batches of 100", receipts),
        ("steps of a whole export, rows checked", exports),
    ):
        most = MOST_EXPORTS if work is exports else pairs
        outcome[name] = await _compare(name, work, min(pairs, most))
    await tables.close()
    await store.close()
    await without.close()
    return outcome


async def _compare(name: str, work: Work, pairs: int) -> dict[str, Any]:
    """Pairs in turn, the order turned round each time; the first one is not counted."""
    wall: list[float] = []
    cpu: list[float] = []
    spent: list[float] = []
    for number in range(pairs + 1):
        ways = (ON, OFF) if number % 2 else (OFF, ON)
        took = {way: await work(way) for way in ways}
        if number:
            spent.append(took[OFF][1])
            wall.append(took[ON][0] / took[OFF][0] - 1)
            cpu.append(took[ON][1] / took[OFF][1] - 1)
    outcome: dict[str, Any] = {"wall": _bounds(wall), "cpu": _bounds(cpu)}
    told = "; ".join(
        f"{kind} {middle:+.1%} ({low:+.1%} to {high:+.1%})"
        for kind, (low, middle, high) in outcome.items()
    )
    without = median(spent) * 1e6
    print(f"{name:<40} costs {told}; {without:.1f} us of CPU without", flush=True)
    return {**outcome, "cpu_without_us": without}


def _bounds(ratios: list[float]) -> tuple[float, float, float]:
    """The median between its 95 % bounds, which are two of the pairs in order."""
    count, ordered = len(ratios), sorted(ratios)
    tail, below = 0.0, 0
    while below < count // 2:
        tail += comb(count, below) / 2**count
        if tail > 0.025:
            break
        below += 1
    low, high = max(below - 1, 0), min(count - below, count - 1)
    return ordered[low], median(ordered), ordered[high]


@contextmanager
def _values(way: str) -> Iterator[None]:
    """Switch the function off, as if no row ever had a value."""
    if way == ON:
        yield
        return
    names = ("check_value_of", "renew_check_value")
    kept = [getattr(posting, name) for name in names]
    for name in names:
        setattr(posting, name, lambda *_: None)
    try:
        yield
    finally:
        for name, function in zip(names, kept, strict=True):
            setattr(posting, name, function)


async def _timed(work: Awaitable[int]) -> Spent:
    began, used = time.perf_counter(), time.process_time()
    done = await work
    return (time.perf_counter() - began) / done, (time.process_time() - used) / done


async def _post(store: Store, batches: list[list[Message]]) -> int:
    for batch in batches:
        await store.record_messages(PROGRAM, batch)
    return BATCH * len(batches)


async def _receive(store: Store, receipts: list[Receipt]) -> int:
    for start in range(0, len(receipts), BATCH):
        await store.record_receipts(PROGRAM, receipts[start : start + BATCH])
    return len(receipts)


async def _first(store: Store, size: int, separator: str) -> tuple[PageQuery, Page]:
    walk = begin(PageRequest(), PROGRAM, instant.now(), window="retention", retention_days=3650)
    query = PageQuery(walk=walk, size=size, number=1, separator=separator)  # type: ignore[arg-type]
    page = await store.page(query)
    return PageQuery(walk=pinned(walk, page), size=size, number=1, separator=separator), page  # type: ignore[arg-type]


async def _walk(store: Store, times: int) -> int:
    done = 0
    for _ in range(times):
        query, page = await _first(store, MAX_PAGE_SIZE, ",")
        done += page.count
        for number in range(2, PAGES):
            if page.next_key is None:
                break
            page = await store.page(
                PageQuery(walk=query.walk, size=MAX_PAGE_SIZE, number=number, key=page.next_key)
            )
            done += page.count
    return done


async def _step(store: Store) -> PageQuery:
    query, _ = await _first(store, STEP, "\n")
    return query


async def _export(store: Store, query: PageQuery, tables: Any) -> int:
    """Steps of an export; with tables, their rows are read and checked too."""
    done, key, after = 0, None, MESSAGE.lowest
    for number in range(1, STEPS + 1):
        page = await store.page(
            PageQuery(walk=query.walk, size=STEP, number=number, key=key, separator="\n")
        )
        if tables is not None:
            rows = await tables.rows(MESSAGE, PROGRAM, after, STEP)
            after = MESSAGE.key_of(rows[-1])
            for row in rows:
                assert not list(message_checks.row_mismatches(PROGRAM, message_checks.held_of(row)))
        done, key = done + page.count, page.next_key
        if key is None:
            break
    return done


if __name__ == "__main__":
    main()

"""Durable ingest: our store against a bare loop that writes the very same rows.

The bare loop gets the rows ready-made. It knows no duplicates, counters, receipts or histories:
it is what the disk and the indexes cost, and no more.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from bench.comparison import Comparison, Effort
from bench.ledger import PROGRAM, Ledger
from bench.stock import new_messages, put_aside
from smsledger.ledger.model import Accepted, Message
from smsledger.store import open_store
from smsledger.store.sqlite.connection import connect, immediate, path_of
from smsledger.store.store import Store

BATCH = 100
BATCHES_PER_ROUND = 60
SEED = 8
TARGET = 0.6

Row = tuple[Any, ...]


def compare(ledger: Ledger, folder: Path, effort: Effort) -> Iterator[Comparison]:
    """Batches of 100, in turn into the ledger and into a copy of it, as large as it is."""
    bare = _copy(path_of(ledger.url), folder / "bare.db")
    ours, others = asyncio.run(_rounds(ledger, bare, effort.rounds))
    yield Comparison(
        name=f"durable ingest in batches of {BATCH} against a bare loop",
        unit="messages/s",
        ours=tuple(ours),
        other=tuple(others),
        target=TARGET,
    )


async def _rounds(ledger: Ledger, bare: Path, count: int) -> tuple[list[float], list[float]]:
    ours, others = [], []
    store = await open_store(ledger.url)
    with closing(connect(bare)) as target, closing(connect(path_of(ledger.url))) as source:
        new = new_messages(SEED)
        for _ in range(count):
            messages = list(islice(new, BATCH * BATCHES_PER_ROUND))
            put_aside()
            before = _counter(source)
            ours.append(await _through_our_store(store, messages))
            others.append(_through_a_bare_loop(target, _rows(source, before)))
    await store.close()
    return ours, others


async def _through_our_store(store: Store, messages: list[Message]) -> float:
    began = time.perf_counter()
    for batch in _batched(messages):
        outcomes = await store.record_messages(PROGRAM, batch)
        assert outcomes == [Accepted()] * len(batch)
    return len(messages) / (time.perf_counter() - began)


def _through_a_bare_loop(target: apsw.Connection, rows: list[Row]) -> float:
    insert = f"INSERT INTO message VALUES ({', '.join('?' * len(rows[0]))})"
    began = time.perf_counter()
    for batch in _batched(rows):
        with immediate(target):
            target.executemany(insert, batch)
    return len(rows) / (time.perf_counter() - began)


def _batched(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def _counter(source: apsw.Connection) -> int:
    last = "SELECT last FROM program_counter WHERE program_id = ?"
    return int(source.execute(last, (PROGRAM,)).get)


def _rows(source: apsw.Connection, after: int) -> list[Row]:
    """What our store has just written, in the order of its writing."""
    query = "SELECT * FROM message WHERE program_id = ? AND change > ? ORDER BY change"
    return source.execute(query, (PROGRAM, after)).fetchall()


def _copy(ledger: Path, target: Path) -> Path:
    with closing(connect(ledger)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    shutil.copyfile(ledger, target)
    os.sync()  # the copy is not to be written back while ingest is measured
    return target

"""Durable ingest in large batches: our store against a bare COPY of the very same rows."""

import asyncio
import time
from collections.abc import Iterator
from itertools import islice

import asyncpg

from bench.comparison import Comparison, Effort, Figures
from bench.ledger import PROGRAM, Ledger
from bench.postgres import bare
from bench.stock import new_messages, put_aside
from smsledger.ledger.model import Accepted, Message
from smsledger.store import open_store
from smsledger.store.store import Store

BATCH = 5_000
BATCHES_PER_ROUND = 4
SEED = 8
TARGET = 0.6

_LAST = "SELECT last FROM program_counter WHERE program_id = $1"
# What our store has just written, in the order of its writing.
_WRITTEN = f"""
SELECT {", ".join(bare.COLUMNS)} FROM message
WHERE program_id = $1 AND change > $2 ORDER BY change
"""


def compare(ledger: Ledger, copy: str, effort: Effort) -> Iterator[Comparison]:
    """Batches of 5,000, in turn into the ledger and into a copy of it."""
    ours, others = asyncio.run(_rounds(ledger, copy, effort.rounds))
    yield Comparison(
        name=f"durable ingest in batches of {BATCH:,} against a bare COPY",
        unit="messages/s",
        ours=ours,
        other=others,
        target=TARGET,
    )


async def _rounds(ledger: Ledger, copy: str, rounds: int) -> tuple[Figures, Figures]:
    ours, others = [], []
    messages = new_messages(SEED)
    source, target = await asyncpg.connect(ledger.url), await asyncpg.connect(copy)
    store = await open_store(ledger.url)
    for _ in range(rounds):
        batches = [list(islice(messages, BATCH)) for _ in range(BATCHES_PER_ROUND)]
        put_aside()
        before = await source.fetchval(_LAST, PROGRAM)
        ours.append(await _through_our_store(store, batches))
        written = map(tuple, await source.fetch(_WRITTEN, PROGRAM, before))
        rows = [list(islice(written, BATCH)) for _ in range(BATCHES_PER_ROUND)]
        put_aside()
        others.append(await _through_copy(target, rows))
    await store.close()
    await source.close()
    await target.close()
    return tuple(ours), tuple(others)


async def _through_our_store(store: Store, batches: list[list[Message]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        outcomes = await store.record_messages(PROGRAM, batch)
        assert outcomes == [Accepted()] * BATCH
    return BATCH * len(batches) / (time.perf_counter() - began)


async def _through_copy(connection: asyncpg.Connection, batches: list[list[bare.Row]]) -> float:
    began = time.perf_counter()
    for batch in batches:
        await connection.copy_records_to_table("message", columns=bare.COLUMNS, records=batch)
    return BATCH * len(batches) / (time.perf_counter() - began)

"""What is measured of the production engine, in a cluster of the bench's own."""

import asyncio
from pathlib import Path

import asyncpg

from bench import counts, pages, whole
from bench.ledger import Ledger, build, serving_ledger
from bench.postgres import bare, clients, cluster, direct, ingest, peers, workers
from bench.report import Part


def measure(part: Part, folder: Path) -> None:
    """Everything that is wanted, on a new ledger in a new cluster."""
    with cluster.running(folder / "cluster") as url:
        ledger = build(url, part.messages)
        asyncio.run(_settle(part, url))
        written = {"posts", "ingest"}.intersection(part.subjects)
        copy = asyncio.run(bare.copy(ledger)) if written else ""
        _requests(part, ledger, copy, folder)
        whole.measure(part, ledger, direct.of(ledger), folder)
        if "counts" in part.subjects:
            part.add(counts.compare(ledger, lambda sql: asyncio.run(_ask(url, sql)), part.effort))
        if "ingest" in part.subjects:
            part.add(ingest.compare(ledger, copy, part.effort))


def _requests(part: Part, ledger: Ledger, copy: str, folder: Path) -> None:
    if not {"pages", "posts"}.intersection(part.subjects):
        return
    others = asyncio.run(peers.others(ledger)) if "pages" in part.subjects else None
    with serving_ledger(ledger) as ours:
        if others:
            part.add(pages.compare(ledger, ours, others, folder, part.effort))
            part.add(workers.compare(ledger, ours, part.effort))
        if "posts" in part.subjects:
            part.add(clients.compare(ledger, ours, copy, part.effort))
        part.note_memory(ours.memory())


async def _settle(part: Part, url: str) -> None:
    """Leave the ledger as if it had been there for long; the copies of it are alike."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    part.facts["version"] = await connection.fetchval("SHOW server_version")
    part.facts["settings"] = cluster.SETTINGS
    await connection.close()


async def _ask(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()

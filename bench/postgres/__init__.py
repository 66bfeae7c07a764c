"""What is measured of the production engine, in a cluster of the bench's own."""

import asyncio
from pathlib import Path

import asyncpg

from bench import pages
from bench.ledger import build, serving_ledger
from bench.postgres import bare, clients, cluster, ingest, peers, workers
from bench.report import Part


def measure(part: Part, folder: Path) -> None:
    """Everything, on a new ledger in a new cluster."""
    with cluster.running(folder / "cluster") as url:
        ledger = build(url, part.messages)
        asyncio.run(_settle(part, url))
        copy = asyncio.run(bare.copy(ledger))
        others = asyncio.run(peers.others(ledger))
        with serving_ledger(ledger) as ours:
            part.add(pages.compare(ledger, ours, others, folder, part.effort))
            part.add(workers.compare(ledger, ours, part.effort))
            part.add(clients.compare(ledger, ours, copy, part.effort))
            part.note_memory(ours.memory())
        part.add(ingest.compare(ledger, copy, part.effort))


async def _settle(part: Part, url: str) -> None:
    """Leave the ledger as if it had been there for long; the copies of it are alike."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    part.facts["version"] = await connection.fetchval("SHOW server_version")
    part.facts["settings"] = cluster.SETTINGS
    await connection.close()

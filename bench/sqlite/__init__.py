"""What is measured of the embedded engine."""

from pathlib import Path

import apsw

from bench import pages, posts
from bench.ledger import build, serving_ledger
from bench.report import Part
from bench.sqlite import ingest, peers

CLIENTS = 32
MANY_OF_ONE = 3.0


def measure(part: Part, folder: Path) -> None:
    """Everything, on a new ledger in a file."""
    part.facts["version"] = apsw.sqlite_lib_version()
    ledger = build(f"sqlite:///{folder / 'ledger.db'}", part.messages)
    others = peers.others(ledger, folder / "peers.db")
    with serving_ledger(ledger) as ours:
        part.add(pages.compare(ledger, ours, others, folder, part.effort))
        part.add(posts.compare(ledger, ours, part.effort, clients=CLIENTS, at_least=MANY_OF_ONE))
        part.note_memory(ours.memory())
    part.add(ingest.compare(ledger, folder, part.effort))

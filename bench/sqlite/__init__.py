"""What is measured of the embedded engine."""

from contextlib import closing
from pathlib import Path

import apsw

from bench import counts, pages, posts, whole
from bench.ledger import Ledger, build, serving_ledger
from bench.report import Part
from bench.sqlite import direct, ingest, peers
from smsledger.store.sqlite.connection import connect, path_of

CLIENTS = 32
MANY_OF_ONE = 3.0


def measure(part: Part, folder: Path) -> None:
    """Everything that is wanted, on a new ledger in a file."""
    part.facts["version"] = apsw.sqlite_lib_version()
    ledger = build(f"sqlite:///{folder / 'ledger.db'}", part.messages)
    _requests(part, ledger, folder)
    whole.measure(part, ledger, direct.of(ledger), folder)
    if "counts" in part.subjects:
        with closing(connect(path_of(ledger.url))) as connection:
            part.add(counts.compare(ledger, lambda sql: connection.execute(sql).get, part.effort))
    if "ingest" in part.subjects:
        part.add(ingest.compare(ledger, folder, part.effort))


def _requests(part: Part, ledger: Ledger, folder: Path) -> None:
    if not {"pages", "posts"}.intersection(part.subjects):
        return
    others = peers.others(ledger, folder / "peers.db") if "pages" in part.subjects else None
    with serving_ledger(ledger) as ours:
        if others:
            part.add(pages.compare(ledger, ours, others, folder, part.effort))
        if "posts" in part.subjects:
            compared = posts.compare(
                ledger, ours, part.effort, clients=CLIENTS, at_least=MANY_OF_ONE
            )
            part.add(compared)
        part.note_memory(ours.memory())

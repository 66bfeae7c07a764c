"""The peers on SQLite, and the copy of the ledger that they read."""

from pathlib import Path

import apsw
from sqlalchemy import create_engine

from bench.ledger import Ledger
from bench.pages import Others, Peer
from bench.peers.table import Base
from smsledger.store.sqlite.connection import path_of

OF_MEMORY = {500: 0.14, 50: 0.20}
PEERS = (
    Peer(app="bench.peers.sqlite.offset", kind="OFFSET entities", at_least=40, counts_pages=True),
    Peer(app="bench.peers.sqlite.keyset", kind="keyset entities", at_least=20),
    Peer(app="bench.peers.sqlite.core", kind="keyset Core rows", at_least=8),
    Peer(app="bench.peers.sqlite.core_inline", kind="Core rows on the event loop"),
)

_COPY = """
INSERT INTO message (serial, id, program_id, type, delivery_status, number, body, date, network)
SELECT serial, id, program_id, type, delivery_status, number, fragment ->> '$.body',
       strftime('%Y-%m-%d %H:%M:%S.000000', date / 1000000, 'unixepoch'), network
FROM ledger.message ORDER BY program_id, date, serial
"""


def others(ledger: Ledger, file: Path) -> Others:
    """The peers with a copy of the ledger's messages, in the order of the pages, in a new file."""
    url = f"sqlite:///{file}"
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    with apsw.Connection(str(file)) as connection:
        connection.execute("ATTACH ? AS ledger", (str(path_of(ledger.url)),))
        connection.execute(_COPY)
    connection.execute("DETACH ledger; PRAGMA journal_mode = wal; ANALYZE")
    connection.close()
    return Others(peers=PEERS, url=url, of_memory=OF_MEMORY)

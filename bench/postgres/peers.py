"""The peers on PostgreSQL, and the table that they read, in the ledger's own database."""

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.ledger import Ledger
from bench.pages import Others, Peer
from bench.peers.table import Base

OF_MEMORY = {500: 0.035, 50: 0.08}
PEERS = (
    Peer(
        app="bench.peers.postgres.offset",
        kind="OFFSET entities",
        at_least=12,
        deep=300,
        counts_pages=True,
    ),
    Peer(app="bench.peers.postgres.keyset", kind="keyset entities", at_least=9),
    Peer(app="bench.peers.postgres.core", kind="keyset Core rows", at_least=4),
    Peer(app="bench.peers.postgres.core_autocommit", kind="Core rows in autocommit"),
)

# Who sees the tables of this schema, and not the ledger's, which has some of the same name.
_USER = "peers"
_PREPARE = f"""
CREATE SCHEMA {_USER};
CREATE ROLE {_USER} LOGIN SUPERUSER;
ALTER ROLE {_USER} SET search_path = {_USER};
"""
_COPY = """
INSERT INTO message (serial, id, program_id, type, delivery_status, number, body, date, network)
SELECT serial, id, program_id, type, delivery_status, number,
       convert_from(fragment, 'UTF8')::json ->> 'body',
       date_trunc('second', timestamp '1970-01-01' + date * interval '1 microsecond'), network
FROM public.message ORDER BY program_id, date, serial
"""


async def others(ledger: Ledger) -> Others:
    """The peers with a copy of the ledger's messages, in the order of the pages."""
    connection = await asyncpg.connect(ledger.url)
    await connection.execute(_PREPARE)
    await connection.close()
    url = ledger.url.replace("postgresql://postgres@", f"postgresql+asyncpg://{_USER}@")
    engine = create_async_engine(url)
    async with engine.begin() as transaction:
        await transaction.run_sync(Base.metadata.create_all)
        await transaction.execute(text(_COPY))
    await engine.dispose()
    connection = await asyncpg.connect(ledger.url)
    await connection.execute(f"VACUUM ANALYZE {_USER}.message")
    await connection.execute("CHECKPOINT")
    await connection.close()
    return Others(peers=PEERS, url=url, of_memory=OF_MEMORY)

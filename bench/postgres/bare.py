"""The bare bound of ingest: a copy of the ledger's database, and rows that are ready to be put in.

Same columns, same indexes, same files, same disk. Whoever writes into it knows no duplicates,
counters, receipts or histories.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import asyncpg
import msgspec

from bench.ledger import PROGRAM, Ledger
from bench.stock import new_messages
from smsledger.ledger import instant, message_json
from smsledger.ledger.model import Message
from smsledger.store.check_value import check_value_of
from smsledger.store.stored_message import StoredMessage

COLUMNS = ("program_id", *StoredMessage.__struct_fields__)
INSERT = f"""
INSERT INTO message ({", ".join(COLUMNS)})
VALUES ({", ".join(f"${place}" for place in range(1, len(COLUMNS) + 1))})
"""
SERIALS = 1_000_000_000  # the first of the rows' own: beyond all that a ledger has drawn here
# The environment of a server that inserts.
URL = "BENCH_BARE_URL"
CONNECTIONS = "BENCH_BARE_CONNECTIONS"

Row = tuple[Any, ...]


async def copy(ledger: Ledger) -> str:
    """The URL of a copy of the ledger's database, to which nobody may be connected now."""
    server, database = ledger.url.rsplit("/", 1)
    connection = await asyncpg.connect(f"{server}/template1")
    await connection.execute(f"CREATE DATABASE bare TEMPLATE {database} STRATEGY file_copy")
    await connection.close()
    return f"{server}/bare"


def rows(seed: int, first: int) -> Iterator[Row]:
    """New messages as rows; their serials begin with `first` and ask nobody."""
    for message, serial in zip(new_messages(seed), count(first), strict=False):
        yield row(message, serial)


def row(message: Message, serial: int) -> Row:
    """A new message as the ledger would store it now."""
    now = instant.now()
    stored = StoredMessage(
        date=now,
        serial=serial,
        change=serial,
        id=message.id,
        type=message.type,
        delivery_status=message.delivery_status,
        first_status=message.delivery_status,
        number=message.number,
        network=message.network,
        short_code=message.short_code,
        gateway=message.gateway,
        segments=message.segments,
        error_code=message.error_code,
        date_given=False,
        first_seen=now,
        updated_at=now,
        fragment=message_json.of_message(message, now),
    )
    stored.check_value = check_value_of(PROGRAM, stored)
    return (PROGRAM, *msgspec.structs.astuple(stored))

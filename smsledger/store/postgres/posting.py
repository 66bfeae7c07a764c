"""Reads what a posting needs and writes what it says, under the lock of its program's counter.

Whatever reads what an earlier writer wrote is a later statement than the lock: in one statement
with it, the work would see a snapshot from before the wait. So a receipt that waited behind its
own message finds it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import msgspec

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Receipt
from smsledger.store.consent import CodeWord, ConsentEvent
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.postgres.connection import WAIT_SECONDS, Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import Batch, Messages, Posting
from smsledger.store.stored_message import HistoryEntry, Orphan, StoredMessage

# From here on COPY is faster than arrays.
MANY = 50
_MESSAGE_COLUMNS = ("program_id", *StoredMessage.__struct_fields__)
_CHANGEABLE = (
    "date",
    "serial",
    "change",
    "delivery_status",
    "network",
    "error_code",
    "updated_at",
    "fragment",
    "check_value",
)


async def begin(
    connection: Connection, program_id: int, batches: Sequence[Batch], words: ConsentWords
) -> Posting:
    """A posting of the batches, with what the ledger holds under their ids.

    The program's counter is locked from here to the end of the transaction.
    """
    if await connection.fetchval(SQL.lock, program_id, timeout=WAIT_SECONDS) is None:
        return Posting(program_id=program_id, before=0, last=0, now=instant.now(), active=None)
    said = set[tuple[str | None, str]]().union(*(batch.code_words for batch in batches))
    codes, keywords = await code_facts(connection, program_id, said)
    ids = sorted({each for batch in batches for each in batch.ids})
    taking = await connection.fetch(SQL.taking, program_id, ids)
    stored = await _stored_messages(connection, program_id, ids)
    last = taking[0]["last"]
    return Posting(
        program_id=program_id,
        before=last,
        last=last,
        now=instant.now(),
        active=taking[0]["active"],
        short_code=taking[0]["short_code"],
        codes=codes,
        words=words,
        keywords=keywords,
        stored=stored,
        history=await _history(connection, program_id, batches, stored),
        orphans=_orphans(taking),
    )


async def write(connection: Connection, posting: Posting) -> None:
    """Write what the posting says."""
    program_id = posting.program_id
    await _insert(connection, program_id, posting.born)
    await _many(connection, SQL.update_message, program_id, map(_changed, posting.changed.values()))
    entries = map(msgspec.structs.astuple, posting.entered)
    await _many(connection, SQL.insert_history, program_id, entries)
    joined = ((each.receipt.id, each.ordinal) for each in posting.joined)
    await _many(connection, SQL.delete_orphan, program_id, joined)
    await _many(connection, SQL.insert_orphan, program_id, map(_wide, posting.orphaned.values()))
    await keep_counts(connection, program_id, posting.counted)
    await keep_events(connection, program_id, posting.consent.values())
    if posting.active is not None or posting.last != posting.before or posting.orphans:
        # Where there are only duplicates too: they are acknowledged, so this commit must wait for
        # whatever the one waits for that stored them.
        await connection.execute(SQL.count_on, program_id, posting.last)


async def code_facts(
    connection: Connection, program_id: int, code_words: Iterable[tuple[str | None, str]]
) -> tuple[frozenset[str], frozenset[CodeWord]]:
    """Return the codes and the keywords that a posting is about; see `Session.code_facts`."""
    pairs = list(code_words)
    if not pairs:
        return frozenset(), frozenset()
    columns = [list(column) for column in zip(*pairs, strict=True)]
    rows = await connection.fetch(SQL.code_facts, program_id, *columns)
    codes = frozenset(code for code, keyword in rows if keyword is None)
    return codes, frozenset((code, keyword) for code, keyword in rows if keyword is not None)


async def keep_events(
    connection: Connection, program_id: int, events: Iterable[ConsentEvent]
) -> None:
    """Store events, except those with a later event of the same number, code and kind.

    No two events have the same key. They are stored in the order of their keys, so that two
    transactions with the same keys do not deadlock.
    """
    rows = sorted(map(msgspec.structs.astuple, events))
    await _many(connection, SQL.keep_consent, program_id, rows)


async def keep_counts(connection: Connection, program_id: int, deltas: CountDeltas) -> None:
    """Add deltas to the counts, under the lock of the program's counter."""
    await _many(connection, SQL.keep_count, program_id, deltas.rows())


async def find_message(
    connection: Connection, program_id: int, message_id: str
) -> StoredMessage | None:
    """One message as it stands."""
    return (await _stored_messages(connection, program_id, [message_id])).get(message_id)


async def history_of(connection: Connection, program_id: int, serial: int) -> list[HistoryEntry]:
    """All that was said about a message."""
    rows = await connection.fetch(SQL.history, program_id, [serial])
    return [msgspec.convert(dict(row), HistoryEntry) for row in rows]


async def _stored_messages(
    connection: Connection, program_id: int, ids: list[str]
) -> dict[str, StoredMessage]:
    rows = await connection.fetch(SQL.stored, program_id, ids) if ids else []
    return {row["id"]: msgspec.convert(dict(row), StoredMessage) for row in rows}


async def _history(
    connection: Connection,
    program_id: int,
    batches: Sequence[Batch],
    stored: dict[str, StoredMessage],
) -> dict[int, list[HistoryEntry]]:
    """What was said about the messages; only receipts are compared with it."""
    entries: dict[int, list[HistoryEntry]] = {}
    if stored and not all(isinstance(batch, Messages) for batch in batches):
        serials = [each.serial for each in stored.values()]
        for row in await connection.fetch(SQL.history, program_id, serials):
            entry = msgspec.convert(dict(row), HistoryEntry)
            entries.setdefault(entry.serial, []).append(entry)
    return entries


def _orphans(rows: Sequence[asyncpg.Record]) -> dict[str, list[Orphan]]:
    orphans: dict[str, list[Orphan]] = {}
    for row in rows:
        if row["ordinal"] is not None:
            receipt = msgspec.convert(dict(row), Receipt)
            orphan = Orphan(ordinal=row["ordinal"], recorded_at=row["recorded_at"], receipt=receipt)
            orphans.setdefault(receipt.id, []).append(orphan)
    return orphans


async def _insert(connection: Connection, program_id: int, born: list[StoredMessage]) -> None:
    if len(born) < MANY:
        rows = map(msgspec.structs.astuple, born)
        await _many(connection, SQL.insert_message, program_id, rows)
        return
    records = ((program_id, *msgspec.structs.astuple(stored)) for stored in born)
    await connection.copy_records_to_table("message", records=records, columns=_MESSAGE_COLUMNS)


async def _many(
    connection: Connection, sql: str, program_id: int, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Run a statement that takes the rows as one array for each column; none: not at all."""
    columns = list(zip(*rows, strict=True))
    if columns:
        await connection.execute(sql, program_id, *columns)


def _changed(stored: StoredMessage) -> tuple[Any, ...]:
    return tuple(getattr(stored, name) for name in _CHANGEABLE)


def _wide(orphan: Orphan) -> tuple[Any, ...]:
    return (orphan.ordinal, orphan.recorded_at, *msgspec.structs.astuple(orphan.receipt))

"""Reads what a posting needs and writes what it says, inside the writer's transaction."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome, Receipt
from smsledger.store.consent import CodeWord, ConsentEvent
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.posting import Batch, Posting
from smsledger.store.sqlite.queries import SQL
from smsledger.store.stored_message import HistoryEntry, Orphan, StoredMessage

_RECEIPT_FIELDS = (
    "id",
    "delivery_status",
    "date",
    "number",
    "network",
    "gateway",
    "error_code",
    "text",
    "raw",
)


def hash_of(message_id: str) -> int:
    """Eight bytes that stand for an id in its index, a quarter of its size.

    Two ids may share them, so the id itself is compared on a hit.
    """
    digest = hashlib.blake2b(message_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def post(
    connection: apsw.Connection, program_id: int, batch: Batch, words: ConsentWords
) -> list[Outcome]:
    """Post a batch; outcomes in its order. SQLite's write lock guards the counter.

    Raises:
        ProgramNotFound, ProgramInactive: see the batches.
    """
    taking = connection.execute(SQL.taking, {"program_id": program_id}).fetchone()
    last, active, short_code = taking or (0, None, None)
    keys = keys_of(program_id, set(batch.ids))
    stored = _stored_messages(connection, keys)
    codes, keywords = code_facts(connection, program_id, batch.code_words)
    posting = Posting(
        program_id=program_id,
        before=last,
        last=last,
        now=instant.now(),
        active=active,
        short_code=short_code,
        codes=codes,
        words=words,
        keywords=keywords,
        stored=stored,
        history=_history(connection, program_id, stored.values()),
        orphans=_orphans(connection, keys),
    )
    outcomes = batch.post(posting)
    _write(connection, posting)
    return outcomes


def find_message(
    connection: apsw.Connection, program_id: int, message_id: str
) -> StoredMessage | None:
    """One message as it stands."""
    return _stored_messages(connection, keys_of(program_id, [message_id])).get(message_id)


def history_of(connection: apsw.Connection, program_id: int, message_id: str) -> list[HistoryEntry]:
    """All that was said about a message."""
    rows = connection.execute(SQL.history_of, (program_id, hash_of(message_id), message_id))
    return [_struct(HistoryEntry, HistoryEntry.__struct_fields__, row) for row in rows]


def keys_of(program_id: int, ids: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return the keys of ids, in a program, for the queries that find messages and receipts."""
    return [(program_id, hash_of(each), each) for each in ids]


def code_facts(
    connection: apsw.Connection, program_id: int, code_words: Iterable[tuple[str | None, str]]
) -> tuple[frozenset[str], frozenset[CodeWord]]:
    """Return the codes and the keywords that a posting is about; see `Session.code_facts`."""
    pairs = list(code_words)
    if not pairs:
        return frozenset(), frozenset()
    values = {"program_id": program_id, "code_words": json.dumps(pairs)}
    rows: list[Any] = connection.execute(SQL.code_facts, values).fetchall()
    codes = frozenset(code for code, keyword in rows if keyword is None)
    return codes, frozenset((code, keyword) for code, keyword in rows if keyword is not None)


def keep_events(
    connection: apsw.Connection, program_id: int, events: Iterable[ConsentEvent]
) -> None:
    """Store events, except those with a later event of the same number, code and kind."""
    rows = ((*msgspec.structs.astuple(event), program_id) for event in events)
    connection.executemany(SQL.keep_consent, rows)


def keep_counts(connection: apsw.Connection, program_id: int, deltas: CountDeltas) -> None:
    """Add deltas to the counts."""
    connection.executemany(SQL.keep_count, ((*row, program_id) for row in deltas.rows()))


def _stored_messages(
    connection: apsw.Connection, keys: list[tuple[int, int, str]]
) -> dict[str, StoredMessage]:
    rows = connection.executemany(SQL.stored, keys)
    found = (_struct(StoredMessage, StoredMessage.__struct_fields__, row) for row in rows)
    return {stored.id: stored for stored in found}


def _history(
    connection: apsw.Connection, program_id: int, stored: Iterable[StoredMessage]
) -> dict[int, list[HistoryEntry]]:
    keys = [(program_id, each.serial) for each in stored]
    entries: dict[int, list[HistoryEntry]] = {}
    for row in connection.executemany(SQL.history, keys):
        entry = _struct(HistoryEntry, HistoryEntry.__struct_fields__, row)
        entries.setdefault(entry.serial, []).append(entry)
    return entries


def _orphans(
    connection: apsw.Connection, keys: list[tuple[int, int, str]]
) -> dict[str, list[Orphan]]:
    if not keys or not connection.execute(SQL.has_orphans, {"program_id": keys[0][0]}).get:
        return {}
    orphans: dict[str, list[Orphan]] = {}
    for ordinal, recorded_at, *fields in connection.executemany(SQL.orphans, keys):
        receipt = _struct(Receipt, _RECEIPT_FIELDS, fields)
        orphan = Orphan(ordinal=ordinal, recorded_at=recorded_at, receipt=receipt)
        orphans.setdefault(receipt.id, []).append(orphan)
    return orphans


def _struct(kind: Any, fields: tuple[str, ...], row: Iterable[Any]) -> Any:
    return msgspec.convert(dict(zip(fields, row, strict=True)), kind, strict=False)


def _write(connection: apsw.Connection, posting: Posting) -> None:
    program_id, fields = posting.program_id, msgspec.structs.astuple

    def many(sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        connection.executemany(sql, rows)

    def wide(orphan: Orphan) -> tuple[Any, ...]:
        return (orphan.ordinal, orphan.recorded_at, *fields(orphan.receipt))

    many(
        SQL.insert_message,
        ((*fields(stored), program_id, hash_of(stored.id)) for stored in posting.born),
    )
    many(SQL.update_message, (_update(program_id, stored) for stored in posting.changed.values()))
    many(SQL.insert_history, ((*fields(entry), program_id) for entry in posting.entered))
    many(SQL.delete_orphan, (_orphan_key(program_id, each) for each in posting.joined))
    many(
        SQL.insert_orphan,
        ((*wide(each), program_id, hash_of(each.receipt.id)) for each in posting.orphaned.values()),
    )
    keep_counts(connection, program_id, posting.counted)
    keep_events(connection, program_id, posting.consent.values())
    if posting.last != posting.before:
        connection.execute(SQL.count_on, {"last": posting.last, "program_id": program_id})


def _update(program_id: int, stored: StoredMessage) -> tuple[Any, ...]:
    return (
        stored.change,
        stored.delivery_status,
        stored.network,
        stored.error_code,
        stored.updated_at,
        stored.fragment,
        stored.check_value,
        program_id,
        stored.date,
        stored.serial,
    )


def _orphan_key(program_id: int, orphan: Orphan) -> tuple[Any, ...]:
    return (program_id, hash_of(orphan.receipt.id), orphan.receipt.id, orphan.ordinal)

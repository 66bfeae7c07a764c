"""Reads what a posting needs and writes what it says, inside the writer's transaction."""

import hashlib
from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from smsledger import instant
from smsledger.errors import ProgramInactive, ProgramNotFound
from smsledger.model import Message, Outcome, Receipt
from smsledger.store import posting as rules
from smsledger.store.held import Held, HistoryEntry, Orphan
from smsledger.store.posting import Posting
from smsledger.store.sqlite.queries import SQL

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


def post_messages(
    connection: apsw.Connection, program_id: int, messages: list[Message]
) -> list[Outcome]:
    """Post a batch of messages; outcomes in its order.

    Raises:
        ProgramNotFound: there is no such program.
        ProgramInactive: it takes no new messages.
    """
    last = _lock(connection, program_id)
    keys = _keys(program_id, {message.id for message in messages})
    posting = rules.post_messages(
        messages, _held(connection, keys), _orphans(connection, keys), last, instant.now()
    )
    _write(connection, program_id, posting)
    return posting.outcomes


def post_receipts(
    connection: apsw.Connection, program_id: int, receipts: list[Receipt], lenient: bool
) -> list[Outcome]:
    """Post a batch of receipts; outcomes in its order. An inactive program takes them too.

    A program that does not exist (yet) has no messages: its receipts wait as orphans.
    """
    counter = connection.execute(SQL.counter, {"program_id": program_id}).get
    keys = _keys(program_id, {receipt.id for receipt in receipts})
    held = _held(connection, keys)
    posting = rules.post_receipts(
        receipts,
        held,
        _history(connection, program_id, held.values()),
        _orphans(connection, keys),
        counter or 0,
        instant.now(),
        lenient=lenient,
    )
    _write(connection, program_id, posting)
    return posting.outcomes


def _lock(connection: apsw.Connection, program_id: int) -> int:
    """The program's counter; SQLite's write lock, which the transaction holds, guards it."""
    row = connection.execute(SQL.taking, {"program_id": program_id}).fetchone()
    if row is None:
        raise ProgramNotFound(program_id)
    last, active = row
    if not active:
        raise ProgramInactive(program_id)
    return int(last)


def _keys(program_id: int, ids: Iterable[str]) -> list[tuple[int, int, str]]:
    return [(program_id, hash_of(each), each) for each in ids]


def _held(connection: apsw.Connection, keys: list[tuple[int, int, str]]) -> dict[str, Held]:
    rows = connection.executemany(SQL.held, keys)
    found = (_struct(Held, Held.__struct_fields__, row) for row in rows)
    return {held.id: held for held in found}


def _history(
    connection: apsw.Connection, program_id: int, held: Iterable[Held]
) -> dict[int, list[HistoryEntry]]:
    keys = [(program_id, each.serial) for each in held]
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


def _write(connection: apsw.Connection, program_id: int, posting: Posting) -> None:
    def many(sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        connection.executemany(sql, rows)

    def wide(orphan: Orphan) -> tuple[Any, ...]:
        return (orphan.ordinal, orphan.recorded_at, *msgspec.structs.astuple(orphan.receipt))

    fields = msgspec.structs.astuple
    many(
        SQL.insert_message,
        ((*fields(held), program_id, hash_of(held.id)) for held in posting.born),
    )
    many(SQL.update_message, (_update(program_id, held) for held in posting.changed.values()))
    many(SQL.insert_history, ((*fields(entry), program_id) for entry in posting.history))
    many(
        SQL.insert_orphan,
        ((*wide(each), program_id, hash_of(each.receipt.id)) for each in posting.orphaned),
    )
    many(SQL.delete_orphan, (_orphan_key(program_id, each) for each in posting.joined))
    if posting.last != posting.before:
        connection.execute(SQL.count_on, {"last": posting.last, "program_id": program_id})


def _update(program_id: int, held: Held) -> tuple[Any, ...]:
    return (
        held.change,
        held.delivery_status,
        held.network,
        held.error_code,
        held.updated_at,
        held.fragment,
        program_id,
        held.date,
        held.serial,
    )


def _orphan_key(program_id: int, orphan: Orphan) -> tuple[Any, ...]:
    return (program_id, hash_of(orphan.receipt.id), orphan.receipt.id, orphan.ordinal)

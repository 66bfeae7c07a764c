"""Removing messages, a few at a time, so that no writer waits long."""

import apsw

from smsledger.ledger import instant
from smsledger.ledger.model import codes_with_other_keywords
from smsledger.store.reference import programs
from smsledger.store.sqlite import consent, counts
from smsledger.store.sqlite.queries import SQL
from smsledger.store.sqlite.session import SqliteSession, completed

CHUNK = 1000


def some_messages(connection: apsw.Connection, program_id: int, before: int) -> int:
    """Remove the oldest messages dated before the instant; how many, at most CHUNK."""
    values = {"program_id": program_id, "before": before, "limit": CHUNK}
    keys = connection.execute(SQL.oldest_before, values).fetchall()
    counts.delete(connection, program_id, keys)
    connection.executemany(SQL.delete_history, ((program_id, serial) for _, serial in keys))
    return len(keys)


def some_counts(connection: apsw.Connection, program_id: int, before: int) -> int:
    """Remove counts of before the instant that say nothing any more; how many, at most CHUNK."""
    values = {"program_id": program_id, "before": before, "limit": CHUNK}
    connection.execute(SQL.delete_empty_counts, values)
    return connection.changes()


def some_orphans(connection: apsw.Connection, program_id: int, before: int) -> int:
    """Remove receipts that have waited since before the instant; how many, at most CHUNK."""
    values = {"program_id": program_id, "before": before, "limit": CHUNK}
    keys = connection.execute(SQL.old_orphans, values).fetchall()
    connection.executemany(SQL.delete_orphan, ((program_id, *key) for key in keys))
    return len(keys)


def some_tombstones(connection: apsw.Connection, program_id: int, before: int) -> int:
    """Remove tombstones of what was erased before the instant; how many, at most CHUNK.

    The newest of them stays: it says up to which number some may be missing.
    """
    values = {"program_id": program_id, "before": before, "limit": CHUNK}
    connection.execute(SQL.delete_old_tombstones, values)
    return connection.changes()


def some_consent(connection: apsw.Connection, program_id: int) -> int:
    """Remove the consent of numbers in a program; how many rows, at most CHUNK."""
    connection.execute(SQL.delete_consent, {"program_id": program_id, "limit": CHUNK})
    return connection.changes()


def some_unrouted(connection: apsw.Connection, before: int) -> int:
    """Remove unrouted messages that came before the instant; how many, at most CHUNK."""
    connection.execute(SQL.delete_old_unrouted, {"before": before, "limit": CHUNK})
    return connection.changes()


def some_exports(connection: apsw.Connection, before: int) -> int:
    """Remove what the log says of exports before the instant; how many, at most CHUNK."""
    connection.execute(SQL.delete_old_exports, {"before": before, "limit": CHUNK})
    return connection.changes()


def program(connection: apsw.Connection, program_id: int) -> None:
    """Remove a program, and what came while its messages went. Its counter stays."""
    while some_messages(connection, program_id, instant.LATEST):
        pass
    while some_orphans(connection, program_id, instant.LATEST):
        pass
    while some_tombstones(connection, program_id, instant.LATEST):
        pass
    while some_consent(connection, program_id):
        pass
    connection.execute(SQL.delete_tombstones, {"program_id": program_id})
    connection.execute(SQL.delete_counts, {"program_id": program_id})
    connection.execute(SQL.delete_assigned, {"program_id": program_id})
    deleted = completed(programs.find(SqliteSession(connection), program_id))
    consent.note_keywords(connection, codes_with_other_keywords(deleted, None))
    connection.execute(SQL.delete_program, {"program_id": program_id})

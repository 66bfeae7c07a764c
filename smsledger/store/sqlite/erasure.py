"""Erasing messages, a few at a time: each leaves a tombstone with the next number."""

from typing import Any

import apsw

from smsledger.errors import ProgramNotFound
from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.sqlite import consent, counts
from smsledger.store.sqlite.posting import hash_of
from smsledger.store.sqlite.queries import SQL
from smsledger.store.upkeep.purge import CHUNK


def under_ids(
    connection: apsw.Connection, program_id: int, ids: list[str], words: ConsentWords
) -> int:
    """Erase the messages under the ids, CHUNK at most, and the receipts that wait under them.

    Returns:
        How many messages there were.

    Raises:
        ProgramNotFound: there is no such program.
    """
    last = _last(connection, program_id)
    keys = [(program_id, hash_of(each), each) for each in ids]
    rows = connection.executemany(SQL.keys_under, keys).fetchall()
    _erase(connection, program_id, last, rows, words)
    connection.executemany(SQL.delete_orphans_under, keys)
    return len(rows)


def some_of_number(
    connection: apsw.Connection, program_id: int, number: str, words: ConsentWords
) -> int:
    """Erase messages of a handset; how many, at most CHUNK. Without a program: the unrouted.

    Raises:
        ProgramNotFound: there is no such program.
    """
    if program_id == NO_PROGRAM:
        connection.execute(SQL.delete_unrouted_of_number, (number,))
        return connection.changes()
    last = _last(connection, program_id)
    values = {"program_id": program_id, "number": number, "limit": CHUNK}
    rows = connection.execute(SQL.keys_of_number, values).fetchall()
    _erase(connection, program_id, last, rows, words)
    waiting = ((program_id, hash_of(str(each)), each) for _, _, each in rows)
    connection.executemany(SQL.delete_orphans_under, waiting)
    return len(rows)


def orphans_of_number(
    connection: apsw.Connection, program_id: int, number: str, words: ConsentWords
) -> None:
    """Remove the receipts of a handset that wait for their message, and its consent.

    Messages that have arrived since the last step of the erasure still count.
    """
    values = {"program_id": program_id, "number": number}
    connection.execute(SQL.delete_orphans_of_number, values)
    connection.execute(SQL.delete_consent_of_number, values)
    consent.keep_stored(connection, program_id, number, words)


def _last(connection: apsw.Connection, program_id: int) -> int:
    taking = connection.execute(SQL.taking, {"program_id": program_id}).fetchone()
    if taking is None:
        raise ProgramNotFound(program_id)
    return int(taking[0])


def _erase(
    connection: apsw.Connection,
    program_id: int,
    last: int,
    rows: list[tuple[Any, ...]],
    words: ConsentWords,
) -> None:
    """Put a tombstone in the place of each of the rows: date, serial, id.

    Opt-outs and opt-ins stay, as when a message leaves with retention.
    """
    now = instant.now()
    tombstones = [
        (change, message_id, now, program_id)
        for change, (_, _, message_id) in enumerate(rows, start=last + 1)
    ]
    said = consent.words_of(connection, program_id, rows)
    connection.executemany(SQL.insert_tombstone, tombstones)
    counts.delete(connection, program_id, ((date, serial) for date, serial, _ in rows))
    connection.executemany(SQL.delete_history, ((program_id, serial) for _, serial, _ in rows))
    consent.renew_words(connection, program_id, said, words)
    if rows:
        values = {"last": last + len(rows), "program_id": program_id}
        connection.execute(SQL.count_on, values)

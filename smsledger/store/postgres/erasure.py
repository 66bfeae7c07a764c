"""Erasing messages, a few at a time: each leaves a tombstone with the next number.

Under the counter's lock, like whatever draws numbers; what is erased is read by a later statement.
"""

import asyncpg

from smsledger.errors import ProgramNotFound
from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.postgres import consent, counts
from smsledger.store.postgres.connection import WAIT_SECONDS, Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.upkeep.purge import CHUNK


async def under_ids(
    connection: Connection, program_id: int, ids: list[str], words: ConsentWords
) -> int:
    """Erase the messages under the ids, CHUNK at most, and the receipts that wait under them.

    Returns:
        How many messages there were.

    Raises:
        ProgramNotFound: there is no such program.
    """
    last = await _locked(connection, program_id)
    rows = await connection.fetch(SQL.keys_under, program_id, ids)
    await _erase(connection, program_id, last, rows, words)
    await connection.execute(SQL.delete_orphans_under, program_id, ids)
    return len(rows)


async def some_of_number(
    connection: Connection, program_id: int, number: str, words: ConsentWords
) -> int:
    """Erase messages of a handset; how many, at most CHUNK. Without a program: the unrouted.

    Raises:
        ProgramNotFound: there is no such program.
    """
    if program_id == NO_PROGRAM:
        return len(await connection.fetch(SQL.delete_unrouted_of_number, number))
    last = await _locked(connection, program_id)
    rows = await connection.fetch(SQL.keys_of_number, program_id, number, CHUNK)
    await _erase(connection, program_id, last, rows, words)
    ids = [row["id"] for row in rows]
    await connection.execute(SQL.delete_orphans_under, program_id, ids)
    return len(rows)


async def orphans_of_number(
    connection: Connection, program_id: int, number: str, words: ConsentWords
) -> None:
    """Remove the receipts of a handset that wait for their message, and its consent.

    Messages that have arrived since the last step of the erasure still count.
    """
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    await connection.execute(SQL.delete_orphans_of_number, program_id, number)
    if program_id == NO_PROGRAM:
        await connection.execute(SQL.lock_unrouted, timeout=WAIT_SECONDS)
    await connection.execute(SQL.delete_consent_of_number, program_id, number)
    await consent.keep_stored(connection, program_id, number, words)


async def _locked(connection: Connection, program_id: int) -> int:
    """The last number drawn in a program, which nobody else draws from until the end."""
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    taking = await connection.fetchrow(SQL.taking, program_id, [])
    if taking is None or taking["active"] is None:
        raise ProgramNotFound(program_id)
    return int(taking["last"])


async def _erase(
    connection: Connection,
    program_id: int,
    last: int,
    rows: list[asyncpg.Record],
    words: ConsentWords,
) -> None:
    """Put a tombstone in the place of each of the rows: date, serial, id.

    Opt-outs and opt-ins stay, as when a message leaves with retention.
    """
    if rows:
        dates, serials, ids = (list(column) for column in zip(*rows, strict=True))
        end = last + len(rows)
        numbers = list(range(last + 1, end + 1))
        await connection.execute(SQL.insert_tombstone, program_id, numbers, ids, instant.now())
        said = await consent.words_of(connection, program_id, dates, serials)
        gone = await connection.fetch(SQL.delete_message, program_id, dates, serials)
        await counts.keep(connection, program_id, CountDeltas.of_leaving(gone))
        await connection.execute(SQL.delete_history, program_id, serials)
        await consent.renew_words(connection, program_id, said, words)
        await connection.execute(SQL.count_on, program_id, end)

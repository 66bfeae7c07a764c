"""Removing messages, a few at a time, so that no writer waits long.

Several processes remove at the same time. What belongs to a program is removed under its counter's
lock, so one by one; of the rest each takes what nobody else has in hand. So nobody who has some
waits for more, and none deadlock.
"""

from smsledger.ledger import instant
from smsledger.ledger.model import codes_with_other_keywords
from smsledger.store.postgres import consent, counts
from smsledger.store.postgres.connection import WAIT_SECONDS, Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.postgres.session import PostgresSession
from smsledger.store.reference import programs
from smsledger.store.tally import Tally

CHUNK = 1000


async def some_messages(connection: Connection, program_id: int, before: int) -> int:
    """Remove the oldest messages dated before the instant; how many, at most CHUNK.

    Under the counter's lock: a receipt that has found its message finds it until it is written.
    """
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    gone = await connection.fetch(SQL.delete_old_messages, program_id, before, CHUNK)
    await connection.execute(SQL.delete_history, program_id, [serial for serial, *_ in gone])
    left = Tally.of_leaving(counted for _, *counted in gone)
    await counts.keep(connection, program_id, left)
    return len(gone)


async def some_counts(connection: Connection, program_id: int, before: int) -> int:
    """Remove counts of before the instant that say nothing any more; how many, at most CHUNK."""
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    return len(await connection.fetch(SQL.delete_empty_counts, program_id, before, CHUNK))


async def some_orphans(connection: Connection, program_id: int, before: int) -> int:
    """Remove receipts that have waited since before the instant; how many, at most CHUNK."""
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    return len(await connection.fetch(SQL.delete_old_orphans, program_id, before, CHUNK))


async def some_tombstones(connection: Connection, program_id: int, before: int) -> int:
    """Remove tombstones of what was erased before the instant; how many, at most CHUNK.

    The newest of them stays: it says up to which number some may be missing.
    """
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    return len(await connection.fetch(SQL.delete_old_tombstones, program_id, before, CHUNK))


async def some_consent(connection: Connection, program_id: int) -> int:
    """Remove the consent of numbers in a program; how many rows, at most CHUNK."""
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    return len(await connection.fetch(SQL.delete_consent, program_id, CHUNK))


async def some_unrouted(connection: Connection, before: int) -> int:
    """Remove unrouted messages that came before the instant; how many, at most CHUNK."""
    return len(await connection.fetch(SQL.delete_old_unrouted, before, CHUNK))


async def some_exports(connection: Connection, before: int) -> int:
    """Remove what the log says of exports before the instant; how many, at most CHUNK."""
    return len(await connection.fetch(SQL.delete_old_exports, before, CHUNK))


async def program(connection: Connection, program_id: int) -> None:
    """Remove a program, and what came while its messages went. Its counter stays.

    Under the counter's lock: nobody posts into it any more when this is over.
    """
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    while await some_messages(connection, program_id, instant.LATEST):
        pass
    while await some_orphans(connection, program_id, instant.LATEST):
        pass
    while await some_tombstones(connection, program_id, instant.LATEST):
        pass
    while await some_consent(connection, program_id):
        pass
    await connection.execute(SQL.delete_tombstones, program_id)
    await connection.execute(SQL.delete_counts, program_id)
    await connection.execute(SQL.delete_assigned, program_id)
    deleted = await programs.find(PostgresSession(connection), program_id)
    await consent.note_keywords(connection, codes_with_other_keywords(deleted, None))
    await connection.execute(SQL.delete_program, program_id)

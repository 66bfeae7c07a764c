"""Removing messages, a few at a time, so that no writer waits long.

Several processes remove at the same time. What belongs to a program is removed under its counter's
lock, so one by one; of the rest each takes what nobody else has in hand. So nobody who has some
waits for more, and none deadlock.
"""

from collections.abc import Awaitable, Callable, Sequence

from smsledger.ledger import instant
from smsledger.ledger.model import codes_with_other_keywords
from smsledger.ledger.retention import MAX_AHEAD
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.reference import programs
from smsledger.store.session import Row, Session
from smsledger.store.upkeep import consent

CHUNK = 1000


async def old(repeat: Callable[..., Awaitable[int]], program_ids: list[int], before: int) -> int:
    """Remove what is dated before the instant, of all programs; return how many messages.

    Args:
        repeat: runs one of the operations below until it removes nothing, each time in a
            transaction of its own, and returns how many it has removed.
        program_ids: those of all programs.
        before: the instant.
    """
    removed = 0
    for program_id in program_ids:
        removed += await repeat(some_messages, program_id, before)
        await repeat(some_counts, program_id, before)
        await repeat(some_orphans, program_id, before)
        await repeat(some_tombstones, program_id, before - MAX_AHEAD)
    await repeat(some_unrouted, before)
    await repeat(some_exports, before)
    return removed


async def all_of(repeat: Callable[..., Awaitable[int]], program_id: int) -> None:
    """Remove what belongs to a program, in many transactions, before `program` removes it."""
    await repeat(some_messages, program_id, instant.LATEST)
    await repeat(some_orphans, program_id, instant.LATEST)
    await repeat(some_tombstones, program_id, instant.LATEST)
    await repeat(some_consent, program_id)


async def some_messages(db: Session, program_id: int, before: int) -> int:
    """Remove the oldest messages dated before the instant; how many, at most CHUNK.

    Under the counter's lock: a receipt that has found its message finds it until it is written.
    """
    await db.lock(program_id)
    gone = await db.delete_oldest(program_id, before, CHUNK)
    await forget(db, program_id, gone)
    return len(gone)


async def forget(db: Session, program_id: int, gone: Sequence[Row]) -> None:
    """Remove the histories of messages that have left, and count them no longer.

    Args:
        db: where the program's counter is locked.
        program_id: the program.
        gone: serial, date, type, delivery status, network and segments of each message.
    """
    await db.bulk("delete_history", gone, program_id=program_id)
    facts = ("date", "type", "delivery_status", "network", "segments")
    counted = ([row[fact] for fact in facts] for row in gone)
    await db.keep_counts(program_id, CountDeltas.of_leaving(counted))


async def some_counts(db: Session, program_id: int, before: int) -> int:
    """Remove counts of before the instant that say nothing any more; how many, at most CHUNK."""
    await db.lock(program_id)
    values = {"program_id": program_id, "before": before, "limit": CHUNK}
    return len(await db.rows("delete_empty_counts", **values))


async def some_orphans(db: Session, program_id: int, before: int) -> int:
    """Remove receipts that have waited since before the instant; how many, at most CHUNK."""
    await db.lock(program_id)
    values = {"program_id": program_id, "before": before, "limit": CHUNK}
    return len(await db.rows("delete_old_orphans", **values))


async def some_tombstones(db: Session, program_id: int, before: int) -> int:
    """Remove tombstones of what was erased before the instant; how many, at most CHUNK.

    The newest of them stays: it says up to which number some may be missing.
    """
    await db.lock(program_id)
    values = {"program_id": program_id, "before": before, "limit": CHUNK}
    return len(await db.rows("delete_old_tombstones", **values))


async def some_consent(db: Session, program_id: int) -> int:
    """Remove the consent of numbers in a program; how many rows, at most CHUNK."""
    await db.lock(program_id)
    return len(await db.rows("delete_consent", program_id=program_id, limit=CHUNK))


async def some_unrouted(db: Session, before: int) -> int:
    """Remove unrouted messages that came before the instant; how many, at most CHUNK."""
    return len(await db.rows("delete_old_unrouted", before=before, limit=CHUNK))


async def some_exports(db: Session, before: int) -> int:
    """Remove what the log says of exports before the instant; how many, at most CHUNK."""
    return len(await db.rows("delete_old_exports", before=before, limit=CHUNK))


async def program(db: Session, program_id: int) -> None:
    """Remove a program, and what came while its messages went. Its counter stays.

    Under the counter's lock: nobody posts into it any more when this is over.
    """
    await db.lock(program_id)
    while await some_messages(db, program_id, instant.LATEST):
        pass
    while await some_orphans(db, program_id, instant.LATEST):
        pass
    while await some_tombstones(db, program_id, instant.LATEST):
        pass
    while await some_consent(db, program_id):
        pass
    await db.run("delete_tombstones", program_id=program_id)
    await db.run("delete_counts", program_id=program_id)
    await db.run("delete_assigned", program_id=program_id)
    deleted = await programs.find(db, program_id)
    await consent.note_keywords(db, codes_with_other_keywords(deleted, None))
    await db.run("delete_program", program_id=program_id)

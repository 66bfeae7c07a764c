"""Erasing messages, a few at a time: each leaves a tombstone with the next number.

Under the counter's lock, like whatever draws numbers; what is erased is read by a later statement.
"""

from collections.abc import Sequence

from smsledger.errors import ProgramNotFound
from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.session import Row, Session
from smsledger.store.upkeep import consent, purge
from smsledger.store.upkeep.purge import CHUNK


async def under_ids(db: Session, program_id: int, ids: list[str], words: ConsentWords) -> int:
    """Erase the messages under the ids, CHUNK at most, and the receipts that wait under them.

    Returns:
        How many messages there were.

    Raises:
        ProgramNotFound: there is no such program.
    """
    last = await _locked(db, program_id)
    rows = await db.keys_under(program_id, ids)
    await _erase(db, program_id, last, rows, words)
    await db.delete_orphans_under(program_id, ids)
    return len(rows)


async def messages_of_number(db: Session, program_id: int, number: str, words: ConsentWords) -> int:
    """Erase messages of a handset; how many, at most CHUNK. Without a program: the unrouted.

    Raises:
        ProgramNotFound: there is no such program.
    """
    if program_id == NO_PROGRAM:
        return len(await db.rows("delete_unrouted_of_number", number=number))
    last = await _locked(db, program_id)
    values = {"program_id": program_id, "number": number, "limit": CHUNK}
    rows = await db.rows("keys_of_number", **values)
    await _erase(db, program_id, last, rows, words)
    await db.delete_orphans_under(program_id, [row["id"] for row in rows])
    return len(rows)


async def orphans_of_number(db: Session, program_id: int, number: str, words: ConsentWords) -> None:
    """Remove the receipts of a handset that wait for their message, and its consent.

    Messages that have arrived since the last step of the erasure still count.
    """
    await db.lock(program_id)
    await db.run("delete_orphans_of_number", program_id=program_id, number=number)
    if program_id == NO_PROGRAM:
        await db.lock_rows("lock_unrouted")
    await db.run("delete_consent_of_number", program_id=program_id, number=number)
    await consent.keep_stored(db, program_id, number, words)


async def _locked(db: Session, program_id: int) -> int:
    """Return the last number drawn in a program, which nobody else draws from until the end."""
    await db.lock(program_id)
    last: int | None = await db.value("last_number", program_id=program_id)
    if last is None:
        raise ProgramNotFound(program_id)
    return last


async def _erase(
    db: Session, program_id: int, last: int, rows: Sequence[Row], words: ConsentWords
) -> None:
    """Put a tombstone in the place of each of the rows: date, serial, id.

    Opt-outs and opt-ins stay, as when a message leaves with retention.
    """
    if not rows:
        return
    of = {"program_id": program_id}
    tombstones = [
        {"change": change, "id": row["id"]} for change, row in enumerate(rows, start=last + 1)
    ]
    await db.bulk("insert_tombstone", tombstones, erased_at=instant.now(), **of)
    said = await db.bulk("words_of_message", rows, **of)
    gone = await db.bulk("delete_message", rows, **of)
    await purge.forget(db, program_id, gone)
    await consent.renew_words(db, program_id, said, words)
    await db.run("count_on", last=last + len(rows), **of)

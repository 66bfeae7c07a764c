"""Messages that found no program, and how they get one."""

import msgspec

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Message, Outcome, Rejected, Unrouted
from smsledger.store.consent import Text
from smsledger.store.errors import Missing
from smsledger.store.posting import NO_PROGRAM, Messages
from smsledger.store.session import Row, Session
from smsledger.store.upkeep import consent


async def keep(db: Session, message: Unrouted, words: ConsentWords) -> None:
    """Store a message and its consent events; the same message again is not stored twice.

    A message with the same id and other content is stored too: no acknowledged message is lost.
    """
    fields = msgspec.structs.asdict(message)
    row = await db.row("insert_unrouted", **fields, content=message.content)
    assert row is not None  # noqa: S101 (the statement inserts or updates one)
    if text := Text.of_unrouted(msgspec.structs.replace(message, **row)):
        await consent.keep_texts(db, NO_PROGRAM, [text], words)


async def has(db: Session, message: Unrouted) -> bool:
    """Return whether the message is stored, also if it has been assigned since."""
    key = {"gateway": message.gateway, "id": message.id, "content": message.content}
    return await db.value("has_unrouted", **key) is not None


async def listing(db: Session, after: int, limit: int) -> list[Unrouted]:
    """Return unrouted messages after an ordinal, oldest first."""
    return [_unrouted(row) for row in await db.rows("unrouted", after=after, limit=limit)]


async def newest(db: Session) -> int:
    """Return the highest ordinal of the unrouted messages; 0 if there are none."""
    return int(await db.value("newest_unrouted") or 0)


async def count(db: Session, limit: int) -> int:
    """Return the number of unrouted messages; counting stops at the limit."""
    return int(await db.value("count_unrouted_to", limit=limit))


async def assign(
    db: Session, ordinal: int, program_id: int, message: Message, words: ConsentWords
) -> Outcome:
    """Post the message into the program; unless it is rejected, it is no longer unrouted.

    Raises:
        Missing: there is no unrouted message with that ordinal.
        ProgramNotFound: there is no such program.
        ProgramInactive: the program is deactivated.
    """
    row = await db.row("unrouted_at", ordinal=ordinal)
    if row is None:
        raise Missing(f"there is no unrouted message {ordinal}")
    [outcome] = await db.post(program_id, Messages([message], any_code=True), words)
    if not isinstance(outcome, Rejected):
        await db.run("assign_unrouted", program_id=program_id, ordinal=ordinal)
        await consent.retract(db, _unrouted(row), words)
    return outcome


def _unrouted(row: Row) -> Unrouted:
    return msgspec.convert(dict(row), Unrouted, strict=False)

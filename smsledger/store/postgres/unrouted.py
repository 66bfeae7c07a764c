"""Messages that found no program, and how they get one."""

import asyncpg
import msgspec

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Message, Outcome, Rejected, Unrouted
from smsledger.store.consent import Text
from smsledger.store.postgres import consent, posting
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import NO_PROGRAM, Messages
from smsledger.store.protocol import Missing


async def keep(connection: Connection, message: Unrouted, words: ConsentWords) -> None:
    """Store a message and its consent events; the same message again is not stored twice.

    A message with the same id and other content is stored too: no acknowledged message is lost.
    """
    fields = msgspec.structs.astuple(message)[:-1]
    row = await connection.fetchrow(SQL.insert_unrouted, *fields, message.content)
    if text := Text.of_unrouted(msgspec.structs.replace(message, **row)):
        await consent.keep_texts(connection, NO_PROGRAM, [text], words)


async def has(connection: Connection, message: Unrouted) -> bool:
    """Return whether a message is stored; see `Store.has_unrouted`."""
    key = (message.gateway, message.id, message.content)
    return await connection.fetchval(SQL.has_unrouted, *key) is not None


async def listing(connection: Connection, after: int, limit: int) -> list[Unrouted]:
    """Return unrouted messages after an ordinal, oldest first."""
    rows = await connection.fetch(SQL.unrouted, after, limit)
    return [_unrouted(row) for row in rows]


async def newest(connection: Connection) -> int:
    """Return the highest ordinal of the unrouted messages; 0 if there are none."""
    return int(await connection.fetchval(SQL.newest_unrouted) or 0)


async def count(connection: Connection, limit: int) -> int:
    """Return the number of unrouted messages; counting stops at the limit."""
    return int(await connection.fetchval(SQL.count_unrouted_to, limit))


async def assign(
    connection: Connection,
    ordinal: int,
    program_id: int,
    message: Message,
    words: ConsentWords,
) -> Outcome:
    """Post the message into the program; unless it is rejected, it is no longer unrouted.

    Raises:
        Missing: there is no unrouted message with that ordinal.
        ProgramNotFound: there is no such program.
        ProgramInactive: the program is deactivated.
    """
    row = await connection.fetchrow(SQL.unrouted_at, ordinal)
    if row is None:
        raise Missing(f"there is no unrouted message {ordinal}")
    batch = Messages([message], any_code=True)
    begun = await posting.begin(connection, program_id, [batch], words)
    [outcome] = batch.post(begun)
    await posting.write(connection, begun)
    if not isinstance(outcome, Rejected):
        await connection.execute(SQL.assign_unrouted, program_id, ordinal)
        await consent.take_back(connection, _unrouted(row), words)
    return outcome


async def erase(connection: Connection, number: str) -> int:
    """Erase the unrouted messages of a handset; return their number."""
    return len(await connection.fetch(SQL.delete_unrouted_of_number, number))


def _unrouted(row: asyncpg.Record) -> Unrouted:
    return msgspec.convert(dict(row), Unrouted)

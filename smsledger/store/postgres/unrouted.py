"""Messages that found no program, and how they get one."""

import asyncpg
import msgspec

from smsledger.consent import ConsentWords
from smsledger.model import Message, Outcome, Rejected, Unrouted
from smsledger.store.consent import Text
from smsledger.store.postgres import consent, posting
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import NO_PROGRAM, Messages
from smsledger.store.protocol import Missing


async def keep(connection: Connection, message: Unrouted, words: ConsentWords) -> None:
    """Keep a message; a gateway that says it again changes nothing.

    One that says something else under the same id is heard too: nothing acknowledged is lost.
    """
    fields = msgspec.structs.astuple(message)[:-1]
    row = await connection.fetchrow(SQL.insert_unrouted, *fields, message.content)
    if text := Text.of_unrouted(msgspec.structs.replace(message, **row)):
        await consent.keep_texts(connection, NO_PROGRAM, [text], words)


async def listing(connection: Connection, after: int, limit: int) -> list[Unrouted]:
    """The messages that wait, oldest first."""
    rows = await connection.fetch(SQL.unrouted, after, limit)
    return [_unrouted(row) for row in rows]


async def newest(connection: Connection) -> int:
    """The highest ordinal of those that wait."""
    return int(await connection.fetchval(SQL.newest_unrouted) or 0)


async def count(connection: Connection, limit: int) -> int:
    """How many wait, up to the limit."""
    return int(await connection.fetchval(SQL.count_unrouted_to, limit))


async def assign(
    connection: Connection,
    ordinal: int,
    program_id: int,
    message: Message,
    words: ConsentWords,
) -> Outcome:
    """Post the message into the program; unless that rejects it, it waits no more.

    Raises:
        Missing: nothing waits under that ordinal.
        ProgramNotFound: there is no such program.
        ProgramInactive: it takes no new messages.
    """
    row = await connection.fetchrow(SQL.unrouted_at, ordinal)
    if row is None:
        raise Missing(f"no message waits under {ordinal}")
    batch = Messages([message], any_code=True)
    begun = await posting.begin(connection, program_id, [batch], words)
    [outcome] = batch.post(begun)
    await posting.write(connection, begun)
    if not isinstance(outcome, Rejected):
        await connection.execute(SQL.assign_unrouted, program_id, ordinal)
        await consent.take_back(connection, _unrouted(row), words)
    return outcome


async def erase(connection: Connection, number: str) -> int:
    """Erase the messages of a handset that wait; how many."""
    return len(await connection.fetch(SQL.delete_unrouted_of_number, number))


def _unrouted(row: asyncpg.Record) -> Unrouted:
    return msgspec.convert(dict(row), Unrouted)

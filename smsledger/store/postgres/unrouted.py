"""Messages that found no program, and how they get one."""

import msgspec

from smsledger.model import Message, Outcome, Rejected, Unrouted
from smsledger.store.postgres import posting
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import Messages
from smsledger.store.protocol import Missing


async def keep(connection: Connection, message: Unrouted) -> None:
    """Keep a message; a gateway that says it again changes nothing.

    One that says something else under the same id is heard too: nothing acknowledged is lost.
    """
    fields = msgspec.structs.astuple(message)[:-1]
    await connection.execute(SQL.insert_unrouted, *fields, message.content)


async def listing(connection: Connection, after: int, limit: int) -> list[Unrouted]:
    """The messages that wait, oldest first."""
    rows = await connection.fetch(SQL.unrouted, after, limit)
    return [msgspec.convert(dict(row), Unrouted) for row in rows]


async def assign(
    connection: Connection, ordinal: int, program_id: int, message: Message
) -> Outcome:
    """Post the message into the program; unless that rejects it, it waits no more.

    Raises:
        Missing: nothing waits under that ordinal.
        ProgramNotFound: there is no such program.
        ProgramInactive: it takes no new messages.
    """
    if await connection.fetchval(SQL.unrouted_at, ordinal) is None:
        raise Missing(f"no message waits under {ordinal}")
    batch = Messages([message])
    begun = await posting.begin(connection, program_id, [batch])
    [outcome] = batch.post(begun)
    await posting.write(connection, begun)
    if not isinstance(outcome, Rejected):
        await connection.execute(SQL.assign_unrouted, program_id, ordinal)
    return outcome

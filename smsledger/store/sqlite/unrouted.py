"""Messages that found no program, and how they get one."""

import apsw
import msgspec

from smsledger.model import Message, Outcome, Rejected, Unrouted
from smsledger.store.posting import Messages
from smsledger.store.protocol import Missing
from smsledger.store.sqlite.posting import post
from smsledger.store.sqlite.queries import SQL


def keep(connection: apsw.Connection, message: Unrouted) -> None:
    """Keep a message; a gateway that says it again changes nothing.

    One that says something else under the same id is heard too: nothing acknowledged is lost.
    """
    fields = msgspec.structs.astuple(message)[:-1]
    connection.execute(SQL.insert_unrouted, (*fields, message.content))


def listing(connection: apsw.Connection, after: int, limit: int) -> list[Unrouted]:
    """The messages that wait, oldest first."""
    rows = connection.execute(SQL.unrouted, {"after": after, "limit": limit})
    return [_unrouted(row) for row in rows]


def assign(connection: apsw.Connection, ordinal: int, program_id: int, message: Message) -> Outcome:
    """Post the message into the program; unless that rejects it, it waits no more.

    Raises:
        Missing: nothing waits under that ordinal.
        ProgramNotFound: there is no such program.
        ProgramInactive: it takes no new messages.
    """
    if connection.execute(SQL.unrouted_at, {"ordinal": ordinal}).fetchone() is None:
        raise Missing(f"no message waits under {ordinal}")
    [outcome] = post(connection, program_id, Messages([message]))
    if not isinstance(outcome, Rejected):
        connection.execute(SQL.assign_unrouted, {"program_id": program_id, "ordinal": ordinal})
    return outcome


def _unrouted(row: tuple[object, ...]) -> Unrouted:
    fields = zip(Unrouted.__struct_fields__, row, strict=True)
    return msgspec.convert(dict(fields), Unrouted)

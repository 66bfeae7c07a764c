"""Messages that found no program, and how they get one."""

import apsw
import msgspec

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Message, Outcome, Rejected, Unrouted
from smsledger.store.consent import Text
from smsledger.store.posting import NO_PROGRAM, Messages
from smsledger.store.protocol import Missing
from smsledger.store.sqlite import consent
from smsledger.store.sqlite.posting import post
from smsledger.store.sqlite.queries import SQL


def keep(connection: apsw.Connection, message: Unrouted, words: ConsentWords) -> None:
    """Store a message and its consent events; the same message again is not stored twice.

    A message with the same id and other content is stored too: no acknowledged message is lost.
    """
    fields = msgspec.structs.astuple(message)[:-1]
    row = connection.execute(SQL.insert_unrouted, (*fields, message.content)).fetchall()
    [(ordinal, received_at)] = row
    kept = msgspec.structs.replace(message, ordinal=ordinal, received_at=received_at)
    if text := Text.of_unrouted(kept):
        consent.keep_texts(connection, NO_PROGRAM, [text], words)


def has(connection: apsw.Connection, message: Unrouted) -> bool:
    """Return whether a message is stored; see `Store.has_unrouted`."""
    key = (message.gateway, message.id, message.content)
    return connection.execute(SQL.has_unrouted, key).get is not None


def listing(connection: apsw.Connection, after: int, limit: int) -> list[Unrouted]:
    """Return unrouted messages after an ordinal, oldest first."""
    rows = connection.execute(SQL.unrouted, {"after": after, "limit": limit})
    return [_unrouted(row) for row in rows]


def newest(connection: apsw.Connection) -> int:
    """Return the highest ordinal of the unrouted messages; 0 if there are none."""
    return int(connection.execute(SQL.newest_unrouted).get or 0)


def count(connection: apsw.Connection, limit: int) -> int:
    """Return the number of unrouted messages; counting stops at the limit."""
    return int(connection.execute(SQL.count_unrouted_to, {"limit": limit}).get)


def assign(
    connection: apsw.Connection,
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
    row = connection.execute(SQL.unrouted_at, {"ordinal": ordinal}).fetchone()
    if row is None:
        raise Missing(f"there is no unrouted message {ordinal}")
    [outcome] = post(connection, program_id, Messages([message], any_code=True), words)
    if not isinstance(outcome, Rejected):
        connection.execute(SQL.assign_unrouted, {"program_id": program_id, "ordinal": ordinal})
        consent.take_back(connection, _unrouted(row), words)
    return outcome


def erase(connection: apsw.Connection, number: str) -> int:
    """Erase the unrouted messages of a handset; return their number."""
    connection.execute(SQL.delete_unrouted_of_number, (number,))
    return connection.changes()


def _unrouted(row: tuple[object, ...]) -> Unrouted:
    fields = zip(Unrouted.__struct_fields__, row, strict=True)
    return msgspec.convert(dict(fields), Unrouted, strict=False)

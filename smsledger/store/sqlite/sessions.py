"""Sessions: who is signed in."""

import apsw
import msgspec

from smsledger.ledger import instant
from smsledger.ledger.model import Session
from smsledger.store.protocol import Missing
from smsledger.store.sqlite.queries import SQL


def find(connection: apsw.Connection, digest: bytes) -> Session | None:
    """The session, or None."""
    row = connection.execute(SQL.session, {"digest": digest}).fetchone()
    return None if row is None else Session(*row)


def create(connection: apsw.Connection, digest: bytes, session: Session) -> None:
    """Begin a session; those that are over are forgotten.

    Raises:
        Missing: the credential is gone.
    """
    connection.execute(SQL.delete_ended_sessions, {"now": instant.now()})
    values = {"digest": digest, **msgspec.structs.asdict(session)}
    try:
        connection.execute(SQL.insert_session, values)
    except apsw.ConstraintError as error:
        raise Missing(f"there is no credential '{session.username}'") from error


def end(connection: apsw.Connection, digest: bytes) -> None:
    """Forget a session."""
    connection.execute(SQL.delete_session, {"digest": digest})


def end_all(connection: apsw.Connection, username: str) -> None:
    """Forget all sessions of a credential."""
    connection.execute(SQL.delete_sessions, {"username": username})

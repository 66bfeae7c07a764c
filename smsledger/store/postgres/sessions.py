"""Sessions: who is signed in."""

import asyncpg
import msgspec

from smsledger.ledger import instant
from smsledger.ledger.model import Session
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.protocol import Missing


async def find(connection: Connection, digest: bytes) -> Session | None:
    """The session, or None."""
    row = await connection.fetchrow(SQL.session, digest)
    return None if row is None else Session(*row)


async def create(connection: Connection, digest: bytes, session: Session) -> None:
    """Begin a session; those that are over are forgotten.

    In this order: who removes the credential removes its sessions too, and waits for whoever has
    them in hand. Nobody who has may wait for the credential then.

    Raises:
        Missing: the credential is gone.
    """
    try:
        await connection.execute(SQL.insert_session, digest, *msgspec.structs.astuple(session))
    except asyncpg.ForeignKeyViolationError as error:
        raise Missing(f"there is no credential '{session.username}'") from error
    ended = await connection.fetch(SQL.ended_sessions, instant.now())
    await connection.execute(SQL.delete_ended_sessions, [each["digest"] for each in ended])


async def end(connection: Connection, digest: bytes) -> None:
    """Forget a session."""
    await connection.execute(SQL.delete_session, digest)


async def end_all(connection: Connection, username: str) -> None:
    """Forget all sessions of a credential, which nobody removes meanwhile, nor signs in with."""
    await connection.execute(SQL.lock_credential, username)
    await connection.execute(SQL.delete_sessions, username)

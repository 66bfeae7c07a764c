"""Invitations: a credential's owner makes themselves a secret, once."""

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.model import Invitation
from smsledger.store.postgres import credentials
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.protocol import Missing


async def find(connection: Connection, digest: bytes) -> Invitation | None:
    """The invitation, good or not, or None."""
    row = await connection.fetchrow(SQL.invitation, digest)
    return None if row is None else msgspec.convert(dict(row), Invitation)


async def add(
    connection: Connection, username: str, digest: bytes, expires_at: int, overlap: int
) -> None:
    """Add an invitation, instead of the credential's others that were not used.

    Raises:
        Missing: there is no such credential.
    """
    await credentials.end_invitations(connection, username)
    await connection.execute(
        SQL.insert_invitation, digest, username, instant.now(), expires_at, overlap
    )


async def redeem(connection: Connection, digest: bytes, secret_digest: bytes) -> str:
    """Use an invitation up, add the secret to its credential; the user name.

    Raises:
        Missing: it is unknown, used or expired.
    """
    now = instant.now()
    used = await connection.fetchrow(SQL.use_invitation, digest, now)
    if used is None:
        raise Missing("there is no such invitation any more")
    await credentials.rotate(connection, used["username"], secret_digest, now + used["overlap"])
    return str(used["username"])

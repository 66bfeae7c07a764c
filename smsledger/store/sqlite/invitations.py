"""Invitations: a credential's owner makes themselves a secret, once."""

import apsw

from smsledger.ledger import instant
from smsledger.ledger.model import Invitation
from smsledger.store.protocol import Missing
from smsledger.store.sqlite import credentials
from smsledger.store.sqlite.queries import SQL


def find(connection: apsw.Connection, digest: bytes) -> Invitation | None:
    """The invitation, good or not, or None."""
    row = connection.execute(SQL.invitation, {"digest": digest}).fetchone()
    if row is None:
        return None
    username, expires_at, overlap, used_at = row
    return Invitation(username=username, expires_at=expires_at, overlap=overlap, used_at=used_at)


def add(
    connection: apsw.Connection, username: str, digest: bytes, expires_at: int, overlap: int
) -> None:
    """Add an invitation, instead of the credential's others that were not used.

    Raises:
        Missing: there is no such credential.
    """
    credentials.end_invitations(connection, username)
    values = {"digest": digest, "username": username, "created_at": instant.now()}
    times = {"expires_at": expires_at, "overlap": overlap}
    connection.execute(SQL.insert_invitation, {**values, **times})


def redeem(connection: apsw.Connection, digest: bytes, secret_digest: bytes) -> str:
    """Use an invitation up, add the secret to its credential; the user name.

    Raises:
        Missing: it is unknown, used or expired.
    """
    now = instant.now()
    used = connection.execute(SQL.use_invitation, {"digest": digest, "now": now}).get
    if used is None:
        raise Missing("there is no such invitation any more")
    username, overlap = used
    credentials.rotate(connection, username, secret_digest, now + overlap)
    return str(username)

"""Invitations: a credential's owner makes themselves a secret, once."""

from smsledger.ledger import instant
from smsledger.ledger.model import Invitation
from smsledger.store.errors import Missing
from smsledger.store.reference import credentials
from smsledger.store.session import Session


async def find(db: Session, digest: bytes) -> Invitation | None:
    """Return the invitation, good or not, or None."""
    row = await db.row("invitation", digest=digest)
    return None if row is None else Invitation(**row)


async def add(db: Session, username: str, digest: bytes, expires_at: int, overlap: int) -> None:
    """Add an invitation, instead of the credential's others that were not used.

    Raises:
        Missing: there is no such credential.
    """
    await credentials.end_invitations(db, username)
    await db.run(
        "insert_invitation",
        digest=digest,
        username=username,
        created_at=instant.now(),
        expires_at=expires_at,
        overlap=overlap,
    )


async def redeem(db: Session, digest: bytes, secret_digest: bytes) -> str:
    """Use an invitation up and add the secret to its credential; return the user name.

    Raises:
        Missing: it is unknown, used or expired.
    """
    now = instant.now()
    used = await db.row("use_invitation", digest=digest, now=now)
    if used is None:
        raise Missing("there is no such invitation any more")
    username = str(used["username"])
    await credentials.rotate(db, username, secret_digest, now + used["overlap"])
    return username

"""Sessions: who is signed in."""

import msgspec

from smsledger.ledger import instant, model
from smsledger.store.errors import Missing
from smsledger.store.session import Dangling, Session


async def find(db: Session, digest: bytes) -> model.Session | None:
    """Return the session, or None."""
    row = await db.row("session", digest=digest)
    return None if row is None else model.Session(**row)


async def create(db: Session, digest: bytes, session: model.Session) -> None:
    """Begin a session and forget those that are over.

    In this order: whoever removes the credential removes its sessions too, and waits for whoever
    has them in hand. Nobody who has may wait for the credential then.

    Raises:
        Missing: the credential is gone.
    """
    try:
        await db.run("insert_session", digest=digest, **msgspec.structs.asdict(session))
    except Dangling as error:
        raise Missing(f"there is no credential '{session.username}'") from error
    for row in await db.rows("ended_sessions", now=instant.now()):
        await db.run("delete_session", digest=row["digest"])


async def end(db: Session, digest: bytes) -> None:
    """Forget a session."""
    await db.run("delete_session", digest=digest)


async def end_all(db: Session, username: str) -> None:
    """Forget all sessions of a credential, which nobody removes meanwhile, nor signs in with."""
    await db.value("lock_credential", username=username)
    await db.run("delete_sessions", username=username)

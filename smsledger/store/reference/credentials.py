"""Credentials: user names, scopes, programs, digests of secrets, and last uses."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope, is_last_administrator
from smsledger.store.errors import LastAdministrator, Missing, Taken
from smsledger.store.session import NotUnique, Row, Session

# How long ended invitations are kept, so that their links can say why they no longer work.
INVITATION_KNOWN = 30 * instant.DAY


async def find(db: Session, username: str) -> Credential | None:
    """Return the credential, or None."""
    if "\0" in username:  # which no text of PostgreSQL can hold
        return None
    rows = await db.rows("credential", username=username)
    return _credential(rows) if rows else None


async def listing(db: Session) -> list[Credential]:
    """Return all credentials, by user name."""
    rows = await db.rows("credentials")
    return [_credential(list(its)) for _, its in groupby(rows, lambda row: row["username"])]


async def create(db: Session, credential: Credential, digest: bytes | None) -> None:
    """Add a credential with its first secret, or with none yet.

    Raises:
        Taken: the user name is another's.
    """
    username = credential.username
    try:
        await db.run(
            "insert_credential",
            username=username,
            scopes=" ".join(sorted(credential.scopes)),
            expires_at=credential.expires_at,
            created_at=instant.now(),
        )
    except NotUnique as error:
        raise Taken("username", f"there is a credential '{username}' already") from error
    for program_id in sorted(credential.programs):
        await db.run("insert_credential_program", username=username, program_id=program_id)
    if digest is not None:
        await db.run("insert_secret", username=username, digest=digest)


async def rotate(db: Session, username: str, digest: bytes, until: int) -> None:
    """Add a secret; the ones before it work until the instant, invitations end.

    Raises:
        Missing: there is no such credential.
    """
    await end_invitations(db, username)
    await db.run("retire_secrets", username=username, expires_at=until)
    await db.run("delete_ended_secrets", username=username, now=instant.now())
    await db.run("insert_secret", username=username, digest=digest)


async def revoke(db: Session, username: str, spare_last: bool) -> None:
    """Remove a credential and its secrets.

    Whoever changes a credential changes `ledger` first, so nobody revokes another meanwhile.

    Raises:
        Missing: there is no such credential.
        LastAdministrator: it is to be spared, being the last that administers the ledger.
    """
    if spare_last and is_last_administrator(username, await listing(db), instant.now()):
        raise LastAdministrator
    if await db.value("delete_credential", username=username) is None:
        raise Missing(f"there is no credential '{username}'")


async def end_invitations(db: Session, username: str) -> None:
    """Let no invitation of a credential be good any more; ones of long ago are forgotten.

    Raises:
        Missing: there is no such credential.
    """
    if await db.value("lock_credential", username=username) is None:
        raise Missing(f"there is no credential '{username}'")
    known = instant.now() - INVITATION_KNOWN
    await db.run("delete_invitations", username=username, before=known)


async def note_uses(db: Session, uses: Mapping[str, int]) -> None:
    """Record when credentials were used, except of deleted credentials."""
    rows = [{"username": username, "used_at": used_at} for username, used_at in uses.items()]
    await db.bulk("note_use", rows)


async def last_uses(db: Session) -> dict[str, int]:
    """Return when each credential was last used, by user name."""
    rows = await db.rows("last_uses")
    return {row["username"]: row["last_used_at"] for row in rows}


def _credential(rows: Sequence[Row]) -> Credential:
    """Return the credential of its rows, one for each secret."""
    row = rows[0]
    return Credential(
        username=row["username"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"].split()),
        programs=frozenset(int(number) for number in (row["programs"] or "").split()),
        expires_at=row["expires_at"],
        secrets=tuple(
            (row["digest"], row["secret_expires_at"]) for row in rows if row["digest"] is not None
        ),
    )

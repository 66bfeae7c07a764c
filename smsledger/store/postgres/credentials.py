"""Credentials: user names, scopes, programs, and the digests of secrets."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope, is_last_administrator
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.protocol import INVITATION_KNOWN, LastAdministrator, Missing, Taken


async def find(connection: Connection, username: str) -> Credential | None:
    """The credential, or None."""
    if "\0" in username:  # which no text of PostgreSQL can hold
        return None
    row = await connection.fetchrow(SQL.credential, username)
    return None if row is None else _credential(row)


async def listing(connection: Connection) -> list[Credential]:
    """All credentials, by user name."""
    return [_credential(row) for row in await connection.fetch(SQL.credentials)]


async def create(connection: Connection, credential: Credential, digest: bytes | None) -> None:
    """Add a credential with its first secret, or with none yet.

    Raises:
        Taken: the user name is another's.
    """
    username, scopes = credential.username, " ".join(sorted(credential.scopes))
    try:
        await connection.execute(
            SQL.insert_credential, username, scopes, credential.expires_at, instant.now()
        )
    except asyncpg.UniqueViolationError as error:
        raise Taken("username", f"there is a credential '{username}' already") from error
    for program_id in sorted(credential.programs):
        await connection.execute(SQL.insert_credential_program, username, program_id)
    if digest is not None:
        await connection.execute(SQL.insert_secret, username, digest)


async def rotate(connection: Connection, username: str, digest: bytes, until: int) -> None:
    """Add a secret; the ones before it work until the instant, invitations end.

    Raises:
        Missing: there is no such credential.
    """
    await end_invitations(connection, username)
    await connection.execute(SQL.retire_secrets, username, until)
    await connection.execute(SQL.delete_ended_secrets, username, instant.now())
    await connection.execute(SQL.insert_secret, username, digest)


async def revoke(connection: Connection, username: str, spare_last: bool) -> None:
    """Remove a credential and its secrets.

    Whoever changes a credential changes `ledger` first, so nobody revokes another meanwhile.

    Raises:
        Missing: there is no such credential.
        LastAdministrator: it is to be spared, being the last that administers the ledger.
    """
    if spare_last and is_last_administrator(username, await listing(connection), instant.now()):
        raise LastAdministrator
    if await connection.fetchval(SQL.delete_credential, username) is None:
        raise Missing(f"there is no credential '{username}'")


async def end_invitations(connection: Connection, username: str) -> None:
    """Let no invitation of a credential be good any more; ones of long ago are forgotten.

    Raises:
        Missing: there is no such credential.
    """
    if await connection.fetchval(SQL.lock_credential, username) is None:
        raise Missing(f"there is no credential '{username}'")
    known = instant.now() - INVITATION_KNOWN
    await connection.execute(SQL.delete_invitations, username, known)


def _credential(row: Mapping[str, Any]) -> Credential:
    return Credential(
        username=row["username"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"].split()),
        programs=frozenset(row["programs"]),
        expires_at=row["expires_at"],
        secrets=tuple(zip(row["digests"], row["ends"], strict=True)),
    )

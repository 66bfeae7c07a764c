"""Credentials: user names, scopes, programs, and the digests of secrets."""

from typing import Any

import apsw

from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope, is_last_administrator
from smsledger.store.protocol import INVITATION_KNOWN, LastAdministrator, Missing, Taken
from smsledger.store.sqlite.queries import SQL


def find(connection: apsw.Connection, username: str) -> Credential | None:
    """The credential, or None."""
    row = connection.execute(SQL.credential, {"username": username}).fetchone()
    return None if row is None else _credential(connection, row)


def listing(connection: apsw.Connection) -> list[Credential]:
    """All credentials, by user name."""
    return [_credential(connection, row) for row in connection.execute(SQL.credentials).fetchall()]


def create(connection: apsw.Connection, credential: Credential, digest: bytes | None) -> None:
    """Add a credential with its first secret, or with none yet.

    Raises:
        Taken: the user name is another's.
    """
    values = {
        "username": credential.username,
        "scopes": " ".join(sorted(credential.scopes)),
        "expires_at": credential.expires_at,
        "created_at": instant.now(),
    }
    try:
        connection.execute(SQL.insert_credential, values)
    except apsw.ConstraintError as error:
        reason = f"there is a credential '{credential.username}' already"
        raise Taken("username", reason) from error
    for program_id in sorted(credential.programs):
        limited = {"username": credential.username, "program_id": program_id}
        connection.execute(SQL.insert_credential_program, limited)
    if digest is not None:
        _add_secret(connection, credential.username, digest)


def rotate(connection: apsw.Connection, username: str, digest: bytes, until: int) -> None:
    """Add a secret; the ones before it work until the instant, invitations end.

    Raises:
        Missing: there is no such credential.
    """
    end_invitations(connection, username)
    connection.execute(SQL.retire_secrets, {"username": username, "expires_at": until})
    connection.execute(SQL.delete_ended_secrets, {"username": username, "now": instant.now()})
    _add_secret(connection, username, digest)


def revoke(connection: apsw.Connection, username: str, *, spare_last: bool) -> None:
    """Remove a credential and its secrets.

    Raises:
        Missing: there is no such credential.
        LastAdministrator: it is to be spared, being the last that administers the ledger.
    """
    if spare_last and is_last_administrator(username, listing(connection), instant.now()):
        raise LastAdministrator
    connection.execute(SQL.delete_credential, {"username": username})
    if not connection.changes():
        raise Missing(f"there is no credential '{username}'")


def end_invitations(connection: apsw.Connection, username: str) -> None:
    """Let no invitation of a credential be good any more; ones of long ago are forgotten.

    Raises:
        Missing: there is no such credential.
    """
    if find(connection, username) is None:
        raise Missing(f"there is no credential '{username}'")
    known = instant.now() - INVITATION_KNOWN
    connection.execute(SQL.delete_invitations, {"username": username, "before": known})


def _add_secret(connection: apsw.Connection, username: str, digest: bytes) -> None:
    connection.execute(SQL.insert_secret, {"username": username, "digest": digest})


def _credential(connection: apsw.Connection, row: tuple[Any, ...]) -> Credential:
    username, scopes, expires_at, programs = row
    return Credential(
        username=username,
        scopes=frozenset(Scope(scope) for scope in scopes.split()),
        programs=frozenset(int(each) for each in str(programs).split(","))
        if programs
        else frozenset(),
        expires_at=expires_at,
        secrets=tuple(connection.execute(SQL.secrets, {"username": username})),
    )

"""Who asks, and what they may: HTTP Basic, scopes, programs. Judged anew on every request."""

import base64
import binascii
import hmac
import re

from smsledger.accounts.provisioning import digest_of
from smsledger.errors import InvalidRequest, Problem, ProgramNotFound, ScopeMissing, Unauthorized
from smsledger.ledger import instant
from smsledger.ledger.model import MAX_USERNAME, Credential, Program, Scope
from smsledger.store.store import Store
from smsledger.web.call import Call
from smsledger.web.call import Scope as CallScope

_USED = "username"  # in the scope of a request
_PROGRAM_ID = re.compile(r"[1-9][0-9]{0,17}")


async def authenticate(call: Call, store: Store, scope: Scope) -> Credential:
    """The credential of a call that needs the scope.

    Raises:
        Unauthorized: none, or not a valid one; the answer does not say which.
        ScopeMissing: it is valid, but may not do this.
    """
    credential = await recognise(store, *_basic(call.headers.get(b"authorization", b"")))
    note_use(call.scope, credential.username)
    if not credential.may(scope):
        raise ScopeMissing(scope.value)
    return credential


async def recognise(store: Store, username: str, secret: str) -> Credential:
    """The credential that has this secret.

    Raises:
        Unauthorized: there is none, or it has ended.
    """
    credential, now = await store.credential(username), instant.now()
    if credential is None or not is_valid(credential, now):
        raise Unauthorized
    if not holds(credential, digest_of(secret), now):
        raise Unauthorized
    return credential


async def program_of(call: Call, store: Store, credential: Credential) -> Program:
    """The program that the path names.

    Raises:
        InvalidRequest: the path names none.
        ProgramNotFound: it is not there, or not among the credential's.
    """
    program_id = program_id_of(call.path_program)
    program = await store.program(program_id)
    if program is None or not credential.sees(program_id):
        raise ProgramNotFound(program_id)
    return program


def program_id_of(text: str) -> int:
    """Return the program id in a path.

    Raises:
        InvalidRequest: not a positive integer of at most 18 digits.
    """
    if not _PROGRAM_ID.fullmatch(text):
        raise InvalidRequest(
            Problem("invalid_path", "The program id must be a positive integer.", "programId")
        )
    return int(text)


def _basic(header: bytes) -> tuple[str, str]:
    scheme, _, token = header.partition(b" ")
    if scheme.lower() != b"basic":
        raise Unauthorized
    try:
        username, colon, secret = base64.b64decode(token.strip()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthorized from error
    if not colon or len(username) > MAX_USERNAME:
        raise Unauthorized
    return username, secret


def is_valid(credential: Credential, now: int) -> bool:
    """Whether the credential has not ended."""
    return credential.expires_at is None or now < credential.expires_at


def holds(credential: Credential, digest: bytes, now: int) -> bool:
    """Whether a secret with this digest is one of the credential's that still work."""
    return any(
        hmac.compare_digest(digest, stored)
        for stored, until in credential.secrets
        if until is None or now < until
    )


def note_use(scope: CallScope, username: str) -> None:
    """Note that a request is made with a credential."""
    scope[_USED] = username


class LastUses:
    """When each credential was last used: kept in memory, and written a few seconds later."""

    def __init__(self) -> None:
        self._uses: dict[str, int] = {}

    def note(self, scope: CallScope) -> None:
        """Remember whose request it was, if it was anybody's."""
        if _USED in scope:
            self._uses[scope[_USED]] = instant.now()

    async def write(self, store: Store) -> None:
        """Write them down.

        Raises:
            Unavailable: not now; nothing is forgotten.
        """
        uses, self._uses = self._uses, {}
        try:
            if uses:
                await store.note_uses(uses)
        except BaseException:
            self._uses = {**uses, **self._uses}
            raise

"""The visitor of a page: the session of the cookie, checked on every request."""

import hashlib
import hmac

import msgspec

from smsledger.accounts.provisioning import digest_of, new_secret
from smsledger.errors import SignInNeeded
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope, Session
from smsledger.store.store import Store
from smsledger.web.auth import holds, is_valid, note_use
from smsledger.web.call import Call

SESSION = "smsledger_session"  # the name of its cookie
LIFE = 12 * instant.HOUR


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in user. Each of the user's forms contains `csrf`."""

    credential: Credential
    digest: bytes
    csrf: str

    def proof_of(self, address: str) -> str:
        """Return a signature that shows that this server made the address for this visitor."""
        return hmac.new(self.csrf.encode(), address.encode(), hashlib.sha256).hexdigest()

    @property
    def is_administrator(self) -> bool:
        """Whether the visitor may change settings of all programs."""
        return Scope.ADMIN in self.credential.scopes and not self.credential.programs


async def visitor_of(call: Call, store: Store, token: str) -> Visitor:
    """Return the visitor whose session has the token.

    Raises:
        SignInNeeded: nobody; or the session is over, or its secret or its credential is.
    """
    digest = digest_of(token)
    session = await store.session(digest) if token else None
    credential = await store.credential(session.username) if session else None
    if session is None or credential is None or not _lasts(session, credential, instant.now()):
        raise SignInNeeded
    note_use(call.scope, credential.username)
    return Visitor(credential=credential, digest=digest, csrf=_csrf_of(token))


async def begin(store: Store, credential: Credential, secret: str) -> str:
    """Create a session and return its token; the store has only the digest.

    Raises:
        Missing: the credential is gone.
    """
    token, now = new_secret(), instant.now()
    session = Session(credential.username, digest_of(secret), now, now + LIFE)
    await store.create_session(digest_of(token), session)
    return token


def _lasts(session: Session, credential: Credential, now: int) -> bool:
    return (
        now < session.expires_at
        and is_valid(credential, now)
        and holds(credential, session.secret_digest, now)
    )


def _csrf_of(token: str) -> str:
    return hmac.new(token.encode(), b"forms", hashlib.sha256).hexdigest()

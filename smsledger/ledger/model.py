"""The words of the ledger: campaigns, programs, messages, receipts, credentials.

Instants are microseconds since 1970 GMT (`instant.py`). All structs are frozen; what changes in
a ledger changes in the store.
"""

import hashlib
from enum import StrEnum

import msgspec

from smsledger.ledger.first_word import MAX_WORD

MAX_ID = 255  # characters
MAX_USERNAME = 64
MAX_KEYWORD = MAX_WORD


class MessageType(StrEnum):
    """MT (mobile terminated) was sent to a handset, MO (mobile originated) came from one."""

    MO = "MO"
    MT = "MT"


class DeliveryStatus(StrEnum):
    """The words of the Message Reports page, in order of rank: the highest said so far wins."""

    SENT = "Sent"
    ERROR = "Error"
    UNDELIVERED = "Undelivered"
    DELIVERED = "Delivered"
    PROCESSING = "Processing"
    RECEIVED = "Received"

    def fits(self, message_type: MessageType) -> bool:
        """Whether a message of that type can have this status."""
        return self in STATUSES_OF[message_type]

    def outranks(self, other: "DeliveryStatus") -> bool:
        """Whether this status replaces the other, whichever of the two was said first."""
        return _RANK[self] > _RANK[other]


STATUSES_OF = {
    MessageType.MT: (
        DeliveryStatus.SENT,
        DeliveryStatus.ERROR,
        DeliveryStatus.UNDELIVERED,
        DeliveryStatus.DELIVERED,
    ),
    MessageType.MO: (DeliveryStatus.PROCESSING, DeliveryStatus.RECEIVED),
}
FIRST_STATUS = {MessageType.MT: DeliveryStatus.SENT, MessageType.MO: DeliveryStatus.RECEIVED}
_RANK = {status: rank for rank, status in enumerate(DeliveryStatus)}


class Scope(StrEnum):
    """What a credential may do; `admin` may do everything, within the credential's programs."""

    EXPORT = "export"
    INGEST = "ingest"
    REPORT = "report"
    ADMIN = "admin"


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """One SMS service.

    `keywords` are upper-case first words that route an MO on `short_code` here. An inactive
    program takes no new messages; those it has stay exportable.
    """

    id: int
    name: str
    type: str
    campaign: str
    short_code: str | None = None
    keywords: tuple[str, ...] = ()
    is_default: bool = False
    active: bool = True


def codes_with_other_keywords(one: Program | None, other: Program | None) -> set[str]:
    """The short codes of which a program has other keywords after a change than before.

    None is a program that does not exist: before it was created, or after it was deleted.
    """
    before = {(one.short_code, keyword) for keyword in one.keywords} if one else set()
    after = {(other.short_code, keyword) for keyword in other.keywords} if other else set()
    return {code.lstrip("+") for code, _ in before ^ after if code}


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A named group of programs."""

    id: int
    name: str


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A user name with its scopes, programs and the digests of its secrets.

    `programs` empty means all programs. `secrets` holds the SHA-256 digest of each with the
    instant from which it no longer works (None: never): a rotation leaves two. `expires_at` ends
    them all.
    """

    username: str
    scopes: frozenset[Scope]
    programs: frozenset[int] = frozenset()
    expires_at: int | None = None
    secrets: tuple[tuple[bytes, int | None], ...] = ()

    def may(self, scope: Scope) -> bool:
        """Whether the scopes include this one."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def sees(self, program_id: int) -> bool:
        """Whether the program is among those it is limited to."""
        return not self.programs or program_id in self.programs

    def administers(self, now: int) -> bool:
        """Whether its owner can do everything in the whole ledger: it works, and has no limits."""
        lasts = self.expires_at is None or now < self.expires_at
        has_secret = any(until is None or now < until for _, until in self.secrets)
        return Scope.ADMIN in self.scopes and not self.programs and lasts and has_secret


def is_last_administrator(username: str, credentials: list[Credential], now: int) -> bool:
    """Whether no other of a ledger's credentials administers it, and this one does."""
    return {each.username for each in credentials if each.administers(now)} == {username}


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A credential's owner may make themselves a secret, once, until `expires_at`.

    The secrets before it work for `overlap` microseconds more. `used_at` is when it was made.
    """

    username: str
    expires_at: int
    overlap: int
    used_at: int | None = None


class Session(msgspec.Struct, frozen=True):
    """Somebody who is signed in, until an instant, with the secret that has this digest.

    It is over sooner if the secret ends.
    """

    username: str
    secret_digest: bytes
    created_at: int
    expires_at: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as a gateway, a file or a client gave it, checked and not yet stored.

    `number` is digits only, country code first. `date` is None where none was given: the ledger
    then takes the instant at which it first saw the message. That is `first_seen`, or now if it is
    None. `remark` and `raw` hold what the gateway said beyond the fields (an impossible date, bytes
    that are not text); they go into the message's history.
    """

    id: str
    type: MessageType
    delivery_status: DeliveryStatus
    number: str
    body: str
    date: int | None = None
    network: str | None = None
    short_code: str | None = None
    gateway: str | None = None
    segments: int | None = None
    error_code: str | None = None
    remark: str | None = None
    raw: bytes | None = None
    first_seen: int | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway later says about the message `id`.

    `delivery_status` None is for the history only. With a `number` it concerns only the message
    with that number. `date` is when the gateway says it happened; None where it did not say.
    """

    id: str
    delivery_status: DeliveryStatus | None
    date: int | None = None
    number: str | None = None
    network: str | None = None
    gateway: str | None = None
    error_code: str | None = None
    text: str | None = None
    raw: bytes | None = None


class GatewayMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An MO as a gateway delivered it, whether or not it has found a program.

    `sender` is what the gateway said, digits or not. `date` is None where it said none. `remark`
    and `raw` go to the message's history.
    """

    gateway: str
    id: str
    sender: str
    body: str
    short_code: str | None = None
    date: int | None = None
    network: str | None = None
    segments: int | None = None
    remark: str | None = None
    raw: bytes | None = None


class Unrouted(GatewayMessage, frozen=True, kw_only=True):
    """An MO that found no program, kept until somebody gives it one.

    `ordinal` is its name in the list, given by the store. `reason` says why no program took it.
    `authorised`: the credential that delivered it may speak for its short code, so that a STOP in
    it counts.
    """

    reason: str
    received_at: int
    authorised: bool = False
    ordinal: int = 0

    @property
    def content(self) -> bytes:
        """What tells two messages apart that a gateway gave the same id.

        The short code is part of it. Otherwise a credential could send a message to a foreign code
        and again to its own, and so authorise the one that is stored, which names the foreign code.
        """
        content = [self.sender, self.body, self.short_code]
        return hashlib.sha256(msgspec.json.encode(content)).digest()


class Accepted(msgspec.Struct, frozen=True):
    """The row is in the ledger now. `orphan`: it is a receipt whose message has not come yet."""

    orphan: bool = False


class Duplicate(msgspec.Struct, frozen=True):
    """The row was in the ledger already."""


class Rejected(msgspec.Struct, frozen=True):
    """The row is not in the ledger; `field` names what was wrong, None for the row as a whole."""

    field: str | None
    code: str
    message: str


Outcome = Accepted | Duplicate | Rejected

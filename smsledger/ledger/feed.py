"""The change feed: tokens, and what a page of it is. No SQL, no HTTP.

Every message that was added or changed since a token, in its latest state, in the order of the
program's numbers. Those become visible in their order, so whoever has seen everything up to a
number misses nothing that commits later.
"""

import hashlib
import re
from collections.abc import Sequence

import msgspec

from smsledger.errors import PositionOverflow
from smsledger.ledger.retention import MAX_AHEAD, RETENTION_GRACE, retention_limit
from smsledger.ledger.token_codec import InvalidText, TokenCodec
from smsledger.ledger.walk import NO_PIN, Counter, Instant, Walk

MAX_LIMIT = 10_000
MAX_WAIT = 60  # seconds
HISTORY, POSITION = "history", "position"
MAX_TOKEN = 512  # characters
# A page is read in steps of so many messages, and is full at so many bytes: 10,000 messages of
# 10,000 characters would be 400 MB.
STEP = 1000
FULL = 8 * 1024 * 1024


class Token(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place in the feed of a program: its consumer has everything up to `change`.

    `since` is the program's counter when the program was created: one that was deleted and made
    again under its id is another. `whole` is the instant at which the consumer last had all there
    was: tombstones of after then are still to come, or have been read.
    """

    epoch: str
    program_id: int
    since: Counter
    change: Counter
    whole: Instant


class Position(msgspec.Struct, frozen=True):
    """A place in the feed as an integer, for tools that remember the highest number they saw.

    `fingerprint` tells ledgers and programs apart, except for a chance of one in 61,440; `change`
    is as of a token.
    """

    fingerprint: int
    change: int

    @property
    def number(self) -> int:
        """Return both as one integer from 2^52 to below 2^53 that grows with the change.

        So JavaScript, jq and other tools that read numbers as doubles keep it exactly.

        Raises:
            PositionOverflow: the change does not fit.
        """
        if self.change >> _CHANGE_BITS:
            raise PositionOverflow
        return LEAST_POSITION | self.fingerprint << _CHANGE_BITS | self.change


class OldPosition(msgspec.Struct, frozen=True):
    """A position of an earlier build: 22 bits of another fingerprint, and 40 of the change."""


Place = Token | Position
_CHANGE_BITS = 36
_FINGERPRINT_BITS = 16
LEAST_POSITION = 1 << _FINGERPRINT_BITS + _CHANGE_BITS
GREATEST_POSITION = 2 * LEAST_POSITION - 1
# Some old positions are in this range too. There, the lowest bits of the fingerprint would be the
# highest bits of the old change, which are 0: no counter reached 2^36. In a fingerprint, these bits
# are not all 0.
_NEVER_OLD = 0b1111
_OLD_POSITIONS = range(1 << 40, 1 << 62)
_NUMBER = re.compile(r"[0-9]{1,19}")
_TOKENS = TokenCodec(Token, b"\x81", MAX_TOKEN)
encode = _TOKENS.encode


def decode(text: str) -> Place | OldPosition | None:
    """Return the place that the text encodes; None for 0, the beginning.

    Raises:
        ValueError: the text was never handed out, or not in this form.
    """
    if not _NUMBER.fullmatch(text):
        return _TOKENS.decode(text)
    number = int(text)
    if number == 0:
        return None
    fingerprint = (number - LEAST_POSITION) >> _CHANGE_BITS
    if LEAST_POSITION <= number <= GREATEST_POSITION and fingerprint & _NEVER_OLD:
        return Position(fingerprint, number & ((1 << _CHANGE_BITS) - 1))
    if number in _OLD_POSITIONS:
        return OldPosition()
    raise InvalidText("not a position that was handed out")


class FeedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes to read: at most `size`, after the number `after`, up to the number `pin`.

    Tombstones of before the instant `horizon` may have been forgotten.
    """

    program_id: int
    after: int
    size: int
    horizon: int
    pin: int = NO_PIN
    include: tuple[str, ...] = ()


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes as read: `entries` are numbers with the JSON objects of messages and tombstones.

    `epoch`, `since` and `last` are as of a `Page`. The entries are complete up to the number
    `reached`: that of the last entry on a full page, else the pin or the counter, whichever is
    less. Tombstones up to the number `forgotten` may have been forgotten.
    """

    epoch: str
    since: int
    last: int
    entries: list[tuple[int, bytes]]
    reached: int
    forgotten: int

    @property
    def more(self) -> bool:
        """Return whether the counter was beyond the page when the page was read.

        A message that changes after the pin moves from the page to a later one. So a page that ends
        at a pin is not the last one while the counter is beyond the pin.
        """
        return self.reached < self.last


def reached(query: FeedQuery, numbers: Sequence[int], last: int) -> int:
    """Return the number up to which a step is complete.

    Args:
        query: the step that was asked for.
        numbers: those of its entries, and of one entry more if there is one.
        last: the program's counter.
    """
    if len(numbers) > query.size:
        return numbers[query.size - 1]
    return min(query.pin, last)


def horizon(now: int, retention_days: int) -> int:
    """The instant from which on every tombstone is remembered.

    Below the numbers of older ones there is no message any more: what got its number before then
    was dated a day later at most, and has left. So nobody who begins is told that he is too late.
    """
    return retention_limit(now, retention_days) - RETENTION_GRACE - MAX_AHEAD


def is_foreign(place: Place, program_id: int, page: FeedPage) -> bool:
    """Whether the place is in another ledger, in one ahead of it, or in a program before."""
    if isinstance(place, Token):
        ours = (place.epoch, place.since) == (page.epoch, page.since)
    else:
        ours = place.fingerprint == fingerprint(program_id, page)
    return not ours or place.change > page.last


def has_expired(place: Place, page: FeedPage, now: int, retention_days: int) -> bool:
    """Whether there may have been tombstones after it that are forgotten."""
    limit = retention_limit(now, retention_days)
    old = isinstance(place, Token) and place.whole < limit
    return old or place.change < page.forgotten


def fingerprint(program_id: int, page: FeedPage) -> int:
    """Return the fingerprint of positions in a program: 16 bits, the lowest four not all 0."""
    text = f"{page.epoch} {program_id} {page.since}"
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    high, low = divmod(digest % (_NEVER_OLD << _FINGERPRINT_BITS - 4), _NEVER_OLD)
    return high << 4 | low + 1


def following(program_id: int, after: Place | None, page: FeedPage, now: int) -> Token:
    """The token after a page; `now` is an instant before the page was read."""
    whole = after.whole if page.more and isinstance(after, Token) else now
    return Token(
        epoch=page.epoch,
        program_id=program_id,
        since=page.since,
        change=page.reached,
        whole=whole,
    )


def positioned(entry: bytes, number: int, mark: int) -> bytes:
    """An entry with its position behind its change; `mark` is the program's fingerprint.

    Inside of the id, which comes first, every quote has a backslash before it.

    Raises:
        PositionOverflow: the number does not fit into a position.
    """
    change = b',"change":%d,' % number
    position = b'"position":%d,' % Position(mark, number).number
    return entry.replace(change, change + position, 1)


def pinned(walk: Walk, since: int) -> Token:
    """The token that is equal to the pin of a walk, whose program's counter began at `since`.

    Whoever exports, and follows from there, misses nothing.
    """
    return Token(
        epoch=walk.epoch,
        program_id=walk.program_id,
        since=since,
        change=walk.pin,
        whole=walk.began,
    )

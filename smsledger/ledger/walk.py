"""Walks: which page a request asks for, and when a walk can go on. No SQL, no HTTP.

A walk is all pages of one export. It is pinned, at its first page, to the counter of its program:
it sees the messages with a serial up to the pin, between two resolved dates, in the order
(date, serial), and no other, whatever arrives meanwhile.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from smsledger.errors import InvalidRequest, LedgerRestored, Problem
from smsledger.ledger import filters, instant
from smsledger.ledger.filters import FILTERS, Filters
from smsledger.ledger.retention import RETENTION_GRACE, retention_limit

MAX_PAGE_SIZE = 500
MAX_OFFSET = 1_000_000
CURSOR_LIFE = 24 * instant.HOUR

# A cursor is checked like any other input: whoever can make a checksum can make a cursor.
Instant = Annotated[int, msgspec.Meta(ge=instant.EARLIEST, le=instant.LATEST)]
Counter = Annotated[int, msgspec.Meta(ge=0, lt=2**63 - 1)]
# More than any counter comes to.
NO_PIN = 2**63 - 1
# A walk ends there until its first page gives it an end, unless its request gave it one.
NO_END = instant.LATEST
_BEGIN_ANEW = "Begin a new walk, from its first page."
DefaultWindow = Literal["retention", "today"]


class Key(msgspec.Struct, frozen=True, array_like=True):
    """A message's place in the total order of its program."""

    date: Instant
    serial: Counter


class Walk(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One export. `start` and `end` are inclusive instants; `began` is when it began.

    It is pinned by its first page: until then the pin is NO_PIN, and the epoch unknown.
    """

    epoch: str
    program_id: int
    pin: Counter
    began: Instant
    start: Instant
    end: Instant
    filters: Filters


class Cursor(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A place in a walk: the next page begins at `key`. It holds all that the walk needs.

    `served` is how many messages of the walk came before; earlier releases did not say.
    """

    walk: Walk
    key: Key
    page: Annotated[int, msgspec.Meta(ge=2, le=2**53)]
    page_size: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_SIZE)]
    issued: Instant
    served: Counter = 0


class PageRequest(Filters, frozen=True, kw_only=True, array_like=False):
    """The parameters of a request as given, its filters among them; None where one is absent.

    Beside a cursor, absent is not the same as "all": it is what the cursor says. A filter that is
    given is never empty.
    """

    start: int | None = None
    end: int | None = None
    page_size: int | None = None
    page: int | None = None
    include: tuple[str, ...] = ()
    cursor: Cursor | None = None

    def filters(self) -> Filters:
        """Return the filters of a first page."""
        return Filters(**{each.field: getattr(self, each.field) for each in FILTERS})


class WalkRules(msgspec.Struct, frozen=True, kw_only=True):
    """The settings under which walks begin and go on.

    `window` is what a request without dates covers. `page_size` is that of a request without one.
    """

    window: DefaultWindow
    retention_days: int
    page_size: int


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One page to read: at most `size` messages of the walk from `key` on, after `offset` more.

    It comes joined by the separator: a comma, or a line feed for a step of a whole export.
    `descending`: the newest first, from `key` back, or from the walk's end. `served` is how many
    messages of the walk came before it. `checked`: damage to one of its messages is an error.
    """

    walk: Walk
    size: int
    number: int
    key: Key | None = None
    offset: int = 0
    include: tuple[str, ...] = ()
    separator: Literal[",", "\n"] = ","
    descending: bool = False
    served: int = 0
    checked: bool = False

    @property
    def begin(self) -> Key:
        """The place that the page begins at, itself included."""
        if self.key is not None:
            return self.key
        return Key(self.walk.end, NO_PIN) if self.descending else Key(self.walk.start, 0)

    @property
    def limit(self) -> int:
        """The last date, in the order of the page, that it may show."""
        return self.walk.start if self.descending else self.walk.end

    @property
    def pins(self) -> bool:
        """Whether this is the page by which its walk is pinned."""
        return self.walk.pin == NO_PIN

    def next_cursor(self, key: Key, count: int, now: int) -> Cursor:
        """The cursor of the page after this one, which has so many messages; it begins at `key`."""
        return Cursor(
            walk=self.walk,
            key=key,
            page=self.number + 1,
            page_size=self.size,
            issued=now,
            served=self.served + count,
        )


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page as read: `messages` are their JSON objects, joined by the query's separator.

    `epoch`, `since` and `last` are the ledger's at the reading: its name, and the program's counter
    when the program was created and now. `newest` is the date of its newest message, on a page that
    pins a walk; None if there is none. `next_key` is None on the last page.
    """

    epoch: str
    since: int
    last: int
    newest: int | None
    messages: bytes
    count: int
    next_key: Key | None


def begin(request: PageRequest, program_id: int, now: int, rules: WalkRules) -> Walk:
    """Return the walk that a request without a cursor begins; its first page pins it."""
    start, end = request.start, request.end
    if rules.window == "today" and start is None and end is None:
        start = instant.midnight(now)
        end = start + instant.DAY - 1
    start = instant.EARLIEST if start is None else start
    return Walk(
        epoch="",
        program_id=program_id,
        pin=NO_PIN,
        began=now,
        start=_resolved_start(start, now, rules.retention_days),
        end=NO_END if end is None else _resolved_end(end),
        filters=request.filters(),
    )


def plan(
    request: PageRequest, program_id: int, now: int, rules: WalkRules, cursor_name: str = "cursor"
) -> PageQuery:
    """Return the page that a request asks for: the first of a walk, or the one at its cursor.

    `cursor_name` is the parameter of the cursor, which errors name.

    Raises:
        InvalidRequest: the cursor is another program's, too old, or of another walk.
    """
    cursor = request.cursor
    if cursor is None:
        size, number = request.page_size or rules.page_size, request.page or 1
        return PageQuery(
            walk=begin(request, program_id, now, rules),
            size=size,
            number=number,
            offset=(number - 1) * size,
            include=request.include,
        )
    if cursor.walk.program_id != program_id:
        raise _refused("invalid_cursor", "The cursor is another program's.", cursor_name)
    check_age(cursor, now, cursor_name)
    if differing := differing_parameters(request, cursor, rules.retention_days):
        raise InvalidRequest(*map(_differs, differing))
    return PageQuery(
        walk=cursor.walk,
        size=request.page_size or cursor.page_size,
        number=cursor.page,
        key=cursor.key,
        include=request.include,
        served=cursor.served,
    )


def check_age(cursor: Cursor, now: int, cursor_name: str) -> None:
    """Refuse to go on with a walk whose messages may have left since.

    Raises:
        InvalidRequest: the cursor is too old, or its walk is.
    """
    if now - cursor.issued > CURSOR_LIFE or now - cursor.walk.began > RETENTION_GRACE:
        raise _refused("walk_expired", "The cursor is older than 24 hours.", cursor_name)


def settled(asked: PageQuery, page: Page, cursor_name: str = "cursor") -> PageQuery:
    """Return the query after its page was read; a first page pins the walk.

    Raises:
        LedgerRestored: the walk is not of this ledger.
    """
    if asked.pins:
        return msgspec.structs.replace(asked, walk=pinned(asked.walk, page))
    if is_foreign(asked, page):
        raise LedgerRestored(cursor_name)
    return asked


def window_problems(start: int | None, end: int | None) -> list[Problem]:
    """Return what is wrong with the two dates of a request together."""
    if start is None or end is None or start <= end:
        return []
    return [Problem("invalid_parameter", "startDate is after endDate.", "startDate")]


def pinned(walk: Walk, first: Page) -> Walk:
    """The walk, as of its first page: to all that the ledger held then, and to no more."""
    newest = walk.start if first.newest is None else first.newest
    end = newest if walk.end == NO_END else walk.end
    return msgspec.structs.replace(walk, epoch=first.epoch, pin=first.last, end=end)


def differing_parameters(request: PageRequest, cursor: Cursor, retention_days: int) -> list[str]:
    """Return the parameters of the request that differ from its cursor.

    The dates are compared as the walk resolved them.
    """
    walk = cursor.walk
    names = []
    for entry in FILTERS:
        value = getattr(request, entry.field)
        if value and value != getattr(walk.filters, entry.field):
            names.append(entry.parameter)
        if entry is FILTERS[0]:
            names += _differing_dates(request, walk, retention_days)
    return names if request.page in (None, cursor.page) else [*names, "page"]


def _differing_dates(request: PageRequest, walk: Walk, retention_days: int) -> Iterator[str]:
    if request.start is not None and not is_start(request.start, walk, retention_days):
        yield "startDate"
    if request.end is not None and not is_end(request.end, walk):
        yield "endDate"


def is_start(start: int, walk: Walk, retention_days: int) -> bool:
    """Return whether a walk that is given this start begins where this walk does."""
    return walk.start == start or walk.start == _resolved_start(start, walk.began, retention_days)


def is_end(end: int, walk: Walk) -> bool:
    """Return whether a walk that is given this end ends where this walk does."""
    return walk.end in (end, _resolved_end(end))


def is_foreign(asked: PageQuery, page: Page) -> bool:
    """Whether the walk is not of this ledger: another's, one ahead of it, or of a program before.

    A program that is deleted and created again goes on counting from where it was, so what
    stands at or below its beginning was another program's.
    """
    walk = asked.walk
    was_before = asked.key is not None and walk.pin <= page.since
    return page.epoch != walk.epoch or page.last < walk.pin or was_before


def query_string(walk: Walk) -> str:
    """Return the filters in force and the resolved dates as they are in a nextPageUrl."""
    dates = {"startDate": walk.start, "endDate": walk.end}
    rendered = ((name, instant.render_micros(date)) for name, date in dates.items())
    return filters.query_string(filters.pairs(walk.filters, rendered))


def _resolved_start(start: int, began: int, retention_days: int) -> int:
    """The first instant of a walk that began then: its messages are those still shown."""
    return max(start, retention_limit(began, retention_days))


def _resolved_end(end: int) -> int:
    """The last instant of a walk whose request gave it an end: always one before NO_END."""
    return min(end, NO_END - 1)


def _refused(code: str, message: str, cursor_name: str) -> InvalidRequest:
    return InvalidRequest(Problem(code, message, cursor_name, _BEGIN_ANEW))


def _differs(name: str) -> Problem:
    reason = f"{name} is not what this walk began with."
    return Problem("invalid_parameter", reason, name, _BEGIN_ANEW)

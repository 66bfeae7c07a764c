"""A request -> the page of a walk that it asks for: its first, or the one at a cursor."""

import msgspec

from smsledger.errors import InvalidRequest, LedgerRestored, Problem
from smsledger.ledger import filters, instant, query
from smsledger.ledger.query import Cursor, Page, PageQuery, PageRequest, Walk
from smsledger.settings import Settings

_BEGIN_ANEW = "Begin a new walk, from its first page."


class Walks:
    """Plans pages under the settings. `cursor_name` is the parameter that cursors come in."""

    def __init__(self, settings: Settings, cursor_name: str = "cursor") -> None:
        self._settings = settings
        self._cursor_name = cursor_name

    def plan(self, request: PageRequest, program_id: int, now: int) -> PageQuery:
        """The page that is asked for.

        Raises:
            InvalidRequest: the cursor is another program's, too old, or of another walk.
        """
        if request.cursor is None:
            return self._first(request, program_id, now)
        return self._following(request, request.cursor, program_id, now)

    def check_age(self, cursor: Cursor, now: int) -> None:
        """Refuse to go on with a walk whose messages may have left since.

        Raises:
            InvalidRequest: the cursor is too old, or its walk is.
        """
        if query.has_expired(cursor, now):
            raise self._refused("walk_expired", "The cursor is older than 24 hours.")

    def settled(self, asked: PageQuery, page: Page) -> PageQuery:
        """What was asked for, once its page is read: a first page pins its walk.

        Raises:
            LedgerRestored: the walk is not of this ledger.
        """
        if asked.pins:
            return msgspec.structs.replace(asked, walk=query.pinned(asked.walk, page))
        if query.is_foreign(asked, page):
            raise LedgerRestored(self._cursor_name)
        return asked

    def _first(self, request: PageRequest, program_id: int, now: int) -> PageQuery:
        walk = query.begin(
            request,
            program_id,
            now,
            window=self._settings.default_window,
            retention_days=self._settings.retention_days,
        )
        size = request.page_size or self._settings.default_page_size
        number = request.page or 1
        return PageQuery(
            walk=walk,
            size=size,
            number=number,
            offset=(number - 1) * size,
            include=request.include,
        )

    def _following(
        self, request: PageRequest, cursor: Cursor, program_id: int, now: int
    ) -> PageQuery:
        if cursor.walk.program_id != program_id:
            raise self._refused("invalid_cursor", "The cursor is another program's.")
        self.check_age(cursor, now)
        differing = query.differing_parameters(request, cursor, self._settings.retention_days)
        if differing:
            raise InvalidRequest(*map(_differs, differing))
        return PageQuery(
            walk=cursor.walk,
            size=request.page_size or cursor.page_size,
            number=cursor.page,
            key=cursor.key,
            include=request.include,
            served=cursor.served,
        )

    def _refused(self, code: str, message: str) -> InvalidRequest:
        return InvalidRequest(Problem(code, message, self._cursor_name, _BEGIN_ANEW))


def query_string(walk: Walk) -> str:
    """Return the filters in force and the resolved dates as they are in a nextPageUrl."""
    dates = {"startDate": walk.start, "endDate": walk.end}
    rendered = ((name, instant.render_micros(date)) for name, date in dates.items())
    return filters.query_string(filters.pairs(walk.filters, rendered))


def _differs(name: str) -> Problem:
    reason = f"{name} is not what this walk began with."
    return Problem("invalid_parameter", reason, name, _BEGIN_ANEW)

"""GET /api/messages/program/{programId}: one page of a walk."""

from urllib.parse import quote

import msgspec

from smsledger import cursor as cursors
from smsledger import instant, query
from smsledger.errors import InvalidRequest, LedgerRestored, Problem
from smsledger.model import Program, Scope
from smsledger.page_request import parse_page_request
from smsledger.query import Cursor, Page, PageQuery, PageRequest
from smsledger.settings import Settings
from smsledger.store.protocol import Store
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import Answer, Call
from smsledger.web.origin import Origin

_BEGIN_ANEW = "Begin a new walk, from its first page."
_encode = msgspec.json.encode


class Pages:
    """The Export Messages operation."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._origin = Origin(settings)

    async def get(self, call: Call) -> Answer:
        """The page that a call asks for."""
        credential = await authenticate(call, self._store, Scope.EXPORT)
        program = await program_of(call, self._store, credential)
        request = parse_page_request(call.scope["query_string"], self._settings.default_page_size)
        now = instant.now()
        asked = self._plan(request, program.id, now)
        page = await self._store.page(asked)
        if asked.pins:
            asked = msgspec.structs.replace(asked, walk=query.pinned(asked.walk, page))
        elif query.is_foreign(asked, page):
            raise LedgerRestored
        return self._answer(call, program, asked, page, now)

    def _plan(self, request: PageRequest, program_id: int, now: int) -> PageQuery:
        if request.cursor is None:
            return self._first(request, program_id, now)
        return self._following(request, request.cursor, program_id, now)

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
            raise _refused("invalid_cursor", "The cursor is another program's.", "cursor")
        if query.has_expired(cursor, now):
            raise _refused("walk_expired", "The cursor is older than 24 hours.", "cursor")
        differing = query.differing_parameters(request, cursor, self._settings.retention_days)
        if differing:
            raise InvalidRequest(*map(_differs, differing))
        return PageQuery(
            walk=cursor.walk,
            size=request.page_size or cursor.page_size,
            number=cursor.page,
            key=cursor.key,
            include=request.include,
        )

    def _answer(
        self, call: Call, program: Program, asked: PageQuery, page: Page, now: int
    ) -> Answer:
        url = None
        headers = []
        if page.next_key is not None:
            following = asked.next_cursor(page.next_key, now)
            url = self._origin.of(call) + next_path(asked, following)
            headers.append((b"link", b'<%s>; rel="next"' % url.encode()))
        body = b"".join((_head(program), page.messages, _tail(url)))
        return Answer(body=body, headers=headers)


def next_path(asked: PageQuery, following: Cursor) -> str:
    """Path and query of the page after the one asked for: every filter in force, and the cursor."""
    walk, filters = asked.walk, asked.walk.filters
    pairs = [
        ("messageType", filters.message_type),
        ("startDate", instant.render_micros(walk.start)),
        ("endDate", instant.render_micros(walk.end)),
        ("pageSize", str(asked.size)),
        ("page", str(following.page)),
        ("deliveryStatus", ",".join(filters.delivery_statuses)),
        ("number", ",".join(filters.numbers)),
        ("include", ",".join(asked.include)),
        ("cursor", cursors.encode(following)),
    ]
    named = [f"{name}={text}" for name, text in pairs if text]
    networks = [f"network={quote(network or '', safe='')}" for network in filters.networks]
    return f"/api/messages/program/{walk.program_id}?" + "&".join(
        [*named[:-1], *networks, named[-1]]
    )


def _differs(name: str) -> Problem:
    reason = f"{name} is not what this walk began with."
    return Problem("invalid_parameter", reason, name, _BEGIN_ANEW)


def _refused(code: str, message: str, parameter: str) -> InvalidRequest:
    return InvalidRequest(Problem(code, message, parameter, _BEGIN_ANEW))


def _head(program: Program) -> bytes:
    return b'{"data":{"campaignName":%s,"programName":%s,"programType":%s,"messages":[' % (
        _encode(program.campaign),
        _encode(program.name),
        _encode(program.type),
    )


def _tail(url: str | None) -> bytes:
    return b']},"meta":{"generalErrors":[],"nextPageUrl":%s}}' % _encode(url)

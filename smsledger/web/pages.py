"""GET /api/messages/program/{programId}: one page of a walk."""

from urllib.parse import quote

import msgspec

from smsledger import cursor as cursors
from smsledger import feed, instant
from smsledger.model import Program, Scope
from smsledger.query import Cursor, Page, PageQuery
from smsledger.request.pages import parse_page_request
from smsledger.settings import Settings
from smsledger.store.protocol import Store
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import Answer, Call
from smsledger.web.origin import Origin
from smsledger.web.walks import Walks

_encode = msgspec.json.encode


class Pages:
    """The Export Messages operation."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._walks = Walks(settings)
        self._origin = Origin(settings)

    async def get(self, call: Call) -> Answer:
        """The page that a call asks for."""
        credential = await authenticate(call, self._store, Scope.EXPORT)
        program = await program_of(call, self._store, credential)
        request = parse_page_request(call.scope["query_string"], self._settings.default_page_size)
        now = instant.now()
        asked = self._walks.plan(request, program.id, now)
        page = await self._store.page(asked)
        return self._answer(call, program, asked, page, now)

    def _answer(
        self, call: Call, program: Program, asked: PageQuery, page: Page, now: int
    ) -> Answer:
        pins, asked = asked.pins, self._walks.settled(asked, page)
        url, changes = None, None
        headers = []
        if page.next_key is not None:
            following = asked.next_cursor(page.next_key, now)
            url = self._origin.of(call) + next_path(asked, following)
            headers.append((b"link", b'<%s>; rel="next"' % url.encode()))
        if pins and "id" in asked.include:
            changes = feed.encode(feed.pinned(asked.walk, page.since))
        body = b"".join((_head(program), page.messages, _tail(url, changes)))
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


def _head(program: Program) -> bytes:
    return b'{"data":{"campaignName":%s,"programName":%s,"programType":%s,"messages":[' % (
        _encode(program.campaign),
        _encode(program.name),
        _encode(program.type),
    )


def _tail(url: str | None, changes: str | None) -> bytes:
    token = b"" if changes is None else b',"changes":%s' % _encode(changes)
    return b']},"meta":{"generalErrors":[],"nextPageUrl":%s%s}}' % (_encode(url), token)

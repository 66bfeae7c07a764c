"""GET /api/messages/program/{programId}: one page of a walk."""

import msgspec

from smsledger.errors import Problem
from smsledger.ledger import cursor as cursors
from smsledger.ledger import feed, instant, walk
from smsledger.ledger.line_ends import escape_line_ends
from smsledger.ledger.model import Program, Scope
from smsledger.ledger.walk import (
    MAX_OFFSET,
    MAX_PAGE_SIZE,
    Cursor,
    Page,
    PageQuery,
    PageRequest,
    is_end,
    is_start,
    window_problems,
)
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import (
    PROGRAM_ID,
    PROGRAM_PATH,
    WALKED,
    Operation,
    json_content,
)
from smsledger.web.api.request import filters
from smsledger.web.api.request.query_string import (
    Parameter,
    Texts,
    Values,
    integer,
    split,
    table_of,
    values_of,
)
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import Answer, Call, Origin
from smsledger.web.export_log import ExportLog

_NEW_WALK = "Use a nextPageUrl unchanged, or begin a new walk without cursor."
PARAMETERS = (
    *filters.WINDOW,
    Parameter(
        "pageSize",
        "page_size",
        integer(1, MAX_PAGE_SIZE),
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE},
        "Messages on a page; absent: 50, or the server's setting.",
    ),
    Parameter(
        "page",
        "page",
        integer(1, None),
        {"type": "integer", "minimum": 1},
        "The page's number, for clients that count pages; follow nextPageUrl instead.",
    ),
    *filters.NARROWING,
    filters.INCLUDE,
    Parameter(
        "cursor",
        "cursor",
        cursors.decode,
        {"type": "string", "maxLength": cursors.MAX_CURSOR},
        "A place in a walk, only as handed out in a nextPageUrl.",
        code="invalid_cursor",
        hint=_NEW_WALK,
    ),
)
OPERATION = Operation(
    path=PROGRAM_PATH,
    id="exportMessages",
    tag="Export",
    summary="Export a page of messages",
    description=(
        "One page of a program's messages, in order of date. Follow `meta.nextPageUrl` as it "
        "is until it is null: such a walk has each message that the ledger held when its "
        "first page was served, exactly once. Needs the scope `export`."
    ),
    path_parameter=PROGRAM_ID,
    query=PARAMETERS,
    success="A page.",
    content=json_content("Page", examples.PAGE),
    headers=("X-Request-Id", "Link"),
    errors=("page_too_deep", *WALKED),
)
_TABLE = table_of(PARAMETERS)


class Pages:
    """The Export Messages operation."""

    def __init__(self, store: Store, settings: Settings, log: ExportLog) -> None:
        self._store = store
        self._log = log
        self._rules = settings.walk_rules
        self._origin = Origin(settings)

    async def get(self, call: Call) -> Answer:
        """The page that a call asks for."""
        credential = await authenticate(call, self._store, Scope.EXPORT)
        program = await program_of(call, self._store, credential)
        request = parse_page_request(
            call.scope["query_string"], self._rules.page_size, self._rules.retention_days
        )
        now = instant.now()
        asked = walk.plan(request, program.id, now, self._rules)
        page = await self._store.page(asked)
        asked = walk.settled(asked, page)
        if not call.is_head:
            await self._log.page(credential.username, asked, page)
        return self._answer(call, program, asked, page, now)

    def _answer(
        self, call: Call, program: Program, asked: PageQuery, page: Page, now: int
    ) -> Answer:
        url, changes = None, None
        headers = []
        if page.next_key is not None:
            following = asked.next_cursor(page.next_key, page.count, now)
            url = self._origin.of(call) + next_path(asked, following)
            headers.append((b"link", b'<%s>; rel="next"' % url.encode()))
        if asked.key is None and "id" in asked.include:
            changes = feed.encode(feed.pinned(asked.walk, page.since))
        body = b"".join((_head(program), page.messages, _tail(url, changes)))
        return Answer(body=body, headers=headers)


def parse_page_request(query: bytes, default_page_size: int, retention_days: int) -> PageRequest:
    """The parameters of a page; beside a cursor, an absent pageSize stays absent.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """

    def check(values: Values) -> list[Problem]:
        problems = window_problems(values.get("start"), values.get("end"))
        if "cursor" not in values:
            values.setdefault("page_size", default_page_size)
            problems += _too_deep(values)
        return problems

    given = split(query)
    _merge_dates(given, retention_days)
    return PageRequest(**values_of(given, _TABLE, check))


def _encode(value: object) -> bytes:
    return escape_line_ends(msgspec.json.encode(value))


def next_path(asked: PageQuery, following: Cursor) -> str:
    """Path and query of the page after the one asked for: every filter in force, and the cursor."""
    place = [f"pageSize={asked.size}", f"page={following.page}"]
    include = [f"include={','.join(asked.include)}"] if asked.include else []
    cursor = f"cursor={cursors.encode(following)}"
    query = "&".join([walk.query_string(asked.walk), *place, *include, cursor])
    return f"/api/messages/program/{asked.walk.program_id}?{query}"


def _head(program: Program) -> bytes:
    return b'{"data":{"campaignName":%s,"programName":%s,"programType":%s,"messages":[' % (
        _encode(program.campaign),
        _encode(program.name),
        _encode(program.type),
    )


def _tail(url: str | None, changes: str | None) -> bytes:
    token = b"" if changes is None else b',"changes":%s' % _encode(changes)
    return b']},"meta":{"generalErrors":[],"nextPageUrl":%s%s}}' % (_encode(url), token)


def _merge_dates(given: Texts, retention_days: int) -> None:
    """Keep one of several dates that all resolve to the date in the cursor's walk.

    A nextPageUrl has resolved dates: the retention limit in place of an earlier startDate. A
    client that adds its own dates to every nextPageUrl gives both, and means one.
    """
    starts, ends = given.get("startDate", []), given.get("endDate", [])
    if "cursor" not in given or max(len(starts), len(ends)) < 2:
        return
    try:
        walk = cursors.decode(given["cursor"][0]).walk
        one_start = all(is_start(instant.first(text), walk, retention_days) for text in starts)
        one_end = all(is_end(instant.last(text), walk) for text in ends)
    except ValueError:
        return  # the parameters are read again, and refused by their names
    if one_start:
        del starts[1:]
    if one_end:
        del ends[1:]


def _too_deep(values: Values) -> list[Problem]:
    offset = (values.get("page", 1) - 1) * values["page_size"]
    if offset <= MAX_OFFSET:
        return []
    return [
        Problem(
            "page_too_deep",
            f"page counts to {MAX_OFFSET} messages only.",
            "page",
            "Follow meta.nextPageUrl instead: its cost does not grow with depth.",
        )
    ]

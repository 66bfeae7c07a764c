"""GET /api/messages/program/{programId}/changes: what changed since a token."""

import msgspec

from smsledger.errors import InvalidRequest, LedgerRestored, PositionOutdated, Problem, TokenExpired
from smsledger.ledger import feed, instant
from smsledger.ledger.feed import (
    FULL,
    HISTORY,
    MAX_LIMIT,
    MAX_WAIT,
    POSITION,
    STEP,
    FeedPage,
    FeedQuery,
    OldPosition,
    Place,
    Token,
)
from smsledger.ledger.fields import INCLUDABLE
from smsledger.ledger.model import Scope
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import (
    IN_PROGRAM,
    PROGRAM_ID,
    PROGRAM_PATH,
    QUERIED,
    Operation,
    json_content,
)
from smsledger.web.api.request import filters
from smsledger.web.api.request.query_string import Parameter, Values, integer, read, table_of
from smsledger.web.api.watch import Watch
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import Answer, Call, Origin
from smsledger.web.drain import Drain
from smsledger.web.export_log import ExportLog

_encode = msgspec.json.encode
DEFAULT_LIMIT = 500
_FROM_THE_BEGINNING = "Use a nextToken unchanged, or omit after to read from the beginning."
PARAMETERS = (
    Parameter(
        "after",
        "after",
        feed.decode,
        {"type": "string", "maxLength": feed.MAX_TOKEN},
        "A token as handed out in nextToken or changes, or a position; absent, or 0: from the "
        "beginning.",
        code="invalid_token",
        hint=_FROM_THE_BEGINNING,
    ),
    Parameter(
        "limit",
        "limit",
        integer(1, MAX_LIMIT),
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        f"Messages in an answer, at most; absent: {DEFAULT_LIMIT}.",
    ),
    Parameter(
        "wait",
        "wait",
        integer(0, MAX_WAIT),
        {"type": "integer", "minimum": 0, "maximum": MAX_WAIT},
        "How many seconds to wait for a change if there is none; absent: 0.",
    ),
    filters.including((*INCLUDABLE, HISTORY, POSITION)),
)
OPERATION = Operation(
    path=f"{PROGRAM_PATH}/changes",
    id="exportChanges",
    tag="Export",
    summary="Export what changed",
    description=(
        "Each message that was added, changed or erased since a token, once, in its latest "
        "state, in the order of `change`. Keep `meta.nextToken` with the data and ask with it "
        "next time. Follow `meta.nextPageUrl` until it is null: then all has been read. "
        "Needs the scope `export`."
    ),
    path_parameter=PROGRAM_ID,
    query=PARAMETERS,
    components={"include": "includeInChanges"},  # the feed can include more than pages can
    success="Changes.",
    content=json_content("ChangesPage", examples.CHANGES),
    headers=("X-Request-Id", "Link"),
    errors=(
        *("invalid_token", "position_overflow", "token_expired", "ledger_restored"),
        *QUERIED,
        *IN_PROGRAM,
    ),
)
_TABLE = table_of(PARAMETERS)


class ChangesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a page of the feed; `wait` is in seconds."""

    after: Place | None = None
    limit: int = DEFAULT_LIMIT
    wait: int = 0
    include: tuple[str, ...] = ()


class Changes:
    """The change feed of a program."""

    def __init__(self, store: Store, settings: Settings, drain: Drain, log: ExportLog) -> None:
        self._store = store
        self._log = log
        self._settings = settings
        self._origin = Origin(settings)
        self._watch = Watch(store, drain)

    async def get(self, call: Call) -> Answer:
        """The changes that a call asks for, or none when it has waited in vain."""
        username, program_id = await self._admitted(call)
        request = parse_changes_request(call.scope["query_string"])
        if isinstance(request.after, Token) and request.after.program_id != program_id:
            problem = Problem("invalid_token", "The token is another program's.", "after")
            raise InvalidRequest(problem)
        now = instant.now()
        page = await self._page(request, program_id, now)
        if not page.entries and request.wait:
            await self._watch.changed(program_id, page.reached, request.wait)
            await self._admitted(call)  # it may have been revoked meanwhile
            now = instant.now()
            page = await self._page(request, program_id, now)
        answer = self._answer(call, request, program_id, page, now)
        if not call.is_head:
            await self._log.changes(username, program_id, page, now)
        return answer

    async def _admitted(self, call: Call) -> tuple[str, int]:
        """Who may read the changes of which program, by a call."""
        credential = await authenticate(call, self._store, Scope.EXPORT)
        return credential.username, (await program_of(call, self._store, credential)).id

    async def _page(self, request: ChangesRequest, program_id: int, now: int) -> FeedPage:
        """Return a page, read in steps; all of it is of the moment of the first.

        A message that changes between two steps gets a number past the pin, and is on a later
        page. So no message is on a page twice, and a page that lags behind the counter has more.
        """
        entries: list[tuple[int, bytes]] = []
        asked = self._first_step(request, program_id, now)
        while True:
            step = await self._store.changes(asked)
            self._check(request.after, program_id, step, now)
            entries += step.entries
            pin = min(asked.pin, step.last)
            full = sum(len(entry) for _, entry in entries) > FULL
            if step.reached == pin or len(entries) == request.limit or full:
                return msgspec.structs.replace(step, entries=entries)
            asked = msgspec.structs.replace(
                asked,
                after=step.reached,
                pin=pin,
                size=min(STEP, request.limit - len(entries)),
            )

    def _first_step(self, request: ChangesRequest, program_id: int, now: int) -> FeedQuery:
        return FeedQuery(
            program_id=program_id,
            after=request.after.change if request.after else 0,
            size=min(STEP, request.limit),
            horizon=feed.horizon(now, self._settings.retention_days),
            include=request.include,
        )

    def _check(self, after: Place | None, program_id: int, page: FeedPage, now: int) -> None:
        if after is None:
            return
        if feed.is_foreign(after, program_id, page):
            raise LedgerRestored("after")
        if feed.has_expired(after, page, now, self._settings.retention_days):
            raise TokenExpired

    def _answer(
        self, call: Call, request: ChangesRequest, program_id: int, page: FeedPage, now: int
    ) -> Answer:
        token = feed.encode(feed.following(program_id, request.after, page, now))
        url, headers = None, []
        if page.more:
            url = self._origin.of(call) + _path(request, program_id, token)
            headers.append((b"link", b'<%s>; rel="next"' % url.encode()))
        entries = _joined(page, program_id, positions=POSITION in request.include)
        return Answer(body=_body(entries, url, token), headers=headers)


def parse_changes_request(query: bytes) -> ChangesRequest:
    """The parameters of a page of the feed.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
        PositionOutdated: `after` is a position of an earlier build.
    """
    values = read(query, _TABLE, _nothing)
    if isinstance(values.get("after"), OldPosition):
        raise PositionOutdated
    return ChangesRequest(**values)


def _path(request: ChangesRequest, program_id: int, token: str) -> str:
    include = f"&include={','.join(request.include)}" if request.include else ""
    path = f"/api/messages/program/{program_id}/changes"
    return f"{path}?limit={request.limit}{include}&after={token}"


def _joined(page: FeedPage, program_id: int, *, positions: bool) -> bytes:
    if not positions:
        return b",".join([entry for _, entry in page.entries])
    mark = feed.fingerprint(program_id, page)
    return b",".join([feed.positioned(entry, number, mark) for number, entry in page.entries])


def _body(entries: bytes, url: str | None, token: str) -> bytes:
    meta = (_encode(url), _encode(token))
    tail = b']},"meta":{"generalErrors":[],"nextPageUrl":%s,"nextToken":%s}}' % meta
    return b'{"data":{"messages":[%s' % entries + tail


def _nothing(_values: Values) -> list[Problem]:
    return []

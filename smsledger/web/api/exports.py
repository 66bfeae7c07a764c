"""GET /api/messages/program/{programId}/export: a whole walk in one answer.

It is read in steps, as pages are: no transaction is open while the caller takes its time, and the
pin gives the whole its consistency. The next step is read while the one before is on its way.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import msgspec

from smsledger import formats
from smsledger.formats import FORMATS, Format
from smsledger.ledger import cursor as cursors
from smsledger.ledger import feed, instant, walk
from smsledger.ledger.model import Credential, Program, Scope
from smsledger.ledger.walk import MAX_PAGE_SIZE, Cursor, Page, PageQuery
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.api.export_body import Body, body_of
from smsledger.web.api.openapi.operation import PROGRAM_ID, PROGRAM_PATH, WALKED, Operation
from smsledger.web.api.request.exports import PARAMETERS, ExportRequest, parse_export_request
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import MIB, Call
from smsledger.web.export_log import ExportLog
from smsledger.web.stream import Stream

# Messages that a step reads; it is smaller where they are long. A checkpoint is due every 10,000.
STEP = 2000
FIRST_STEP = 500
_STEP_BYTES = 2 * MIB
_CURSOR = "resume"  # the parameter that its cursors come in


def _schema(form: Format) -> dict[str, str]:
    # A compressed form is not text.
    return {"type": "string"} if form.gzip else {"type": "string", "format": "binary"}


OPERATION = Operation(
    path=f"{PROGRAM_PATH}/export",
    id="exportAllMessages",
    tag="Export",
    summary="Export all messages in one answer",
    description=(
        "A whole walk in one answer, in the form that `format` or `Accept` asks for. If it "
        "fails midway, the connection breaks: an answer that ends is complete. "
        "Needs the scope `export`."
    ),
    path_parameter=PROGRAM_ID,
    query=PARAMETERS,
    success="All messages.",
    content={form.media_type.partition(";")[0]: {"schema": _schema(form)} for form in FORMATS},
    headers=("X-Request-Id", "Content-Disposition"),
    errors=WALKED,
)


class Caller(msgspec.Struct, frozen=True):
    """Who may have a program's messages."""

    credential: Credential
    program: Program


class Exports:
    """The whole export of a program."""

    def __init__(self, store: Store, settings: Settings, log: ExportLog) -> None:
        self._store = store
        self._log = log
        self._rules = settings.walk_rules
        self._checked = settings.export_checks == "on"

    async def get(self, call: Call) -> Stream:
        """The export that a call asks for, its first step already read."""

        async def authorize() -> Caller:
            credential = await authenticate(call, self._store, Scope.EXPORT)
            return Caller(credential, await program_of(call, self._store, credential))

        return await self.export(
            call, authorize, lambda program: f"messages-{program.id}", "export"
        )

    async def export(
        self,
        call: Call,
        authorize: Callable[[], Awaitable[Caller]],
        named: Callable[[Program], str],
        way: str,
    ) -> Stream:
        """The export that a call asks for by its query, its first step already read.

        Args:
            call: whose query says what is exported.
            authorize: who calls and for which program; raises if they may not. Called before
                each step.
            named: the file's name, without the suffix of its format.
            way: what the log of exports calls it, before the format.
        """
        caller = await authorize()
        program = caller.program
        accepted = formats.by_accept(call.headers.get(b"accept", b""))
        request = parse_export_request(call.scope["query_string"], accepted.name)
        now = instant.now()
        asked = walk.plan(request.walk, program.id, now, self._rules, _CURSOR)
        size = min(FIRST_STEP, STEP)
        asked = msgspec.structs.replace(asked, size=size, separator="\n", checked=self._checked)
        first = await self._store.page(asked)
        asked = walk.settled(asked, first, _CURSOR)
        token = feed.encode(feed.pinned(asked.walk, first.since))
        body = body_of(request, asked, token)
        pieces = self._pieces(authorize, asked, first, body)
        stream = _stream(request, named(program), body, pieces)
        if call.is_head:
            return stream
        kind = f"{way} {request.format}"
        export_id = await self._log.whole(caller.credential.username, asked, kind)
        return self._log.followed(stream, export_id, asked.served)

    async def _pieces(
        self, authorize: Callable[[], Awaitable[Caller]], asked: PageQuery, page: Page, body: Body
    ) -> AsyncGenerator[bytes, None]:
        """The body, step by step.

        Raises:
            LedgerError: the walk cannot go on, or may not any more.
        """
        while page.next_key is not None:
            following = _next(asked, page)
            walk.check_age(following, following.issued, _CURSOR)
            resume = cursors.encode(following)
            asked = msgspec.structs.replace(
                asked,
                key=following.key,
                number=following.page,
                offset=0,
                served=following.served,
                size=_next_size(asked.size, len(page.messages)),
            )
            reading = asyncio.create_task(self._read(authorize, asked))
            try:
                if piece := await asyncio.to_thread(body.step, page, resume):
                    yield piece
                page = await reading
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        yield await asyncio.to_thread(body.end, page)

    async def _read(self, authorize: Callable[[], Awaitable[Caller]], asked: PageQuery) -> Page:
        """The next step, if the caller may still have it."""
        await authorize()
        page = await self._store.page(asked)
        walk.settled(asked, page, _CURSOR)
        return page


def _next(asked: PageQuery, page: Page) -> Cursor:
    """Where the walk goes on. It is a page's cursor too, so its size is a page's."""
    assert page.next_key is not None  # noqa: S101 (it is not the last step)
    cursor = asked.next_cursor(page.next_key, page.count, instant.now())
    return msgspec.structs.replace(cursor, page_size=MAX_PAGE_SIZE)


def _next_size(size: int, came_to: int) -> int:
    """How many messages to read next, after so many came to so many bytes.

    It grows by steps, so that long messages behind short ones do not come as a flood.
    """
    fitting = size * _STEP_BYTES // max(came_to, 1)
    return max(1, min(2 * size, fitting, STEP))


def _stream(
    request: ExportRequest, name: str, body: Body, pieces: AsyncGenerator[bytes, None]
) -> Stream:
    form = formats.by_name(request.format)
    return Stream(
        pieces=pieces,
        content_type=form.media_type.encode(),
        headers=[(b"content-disposition", f'attachment; filename="{name}{form.suffix}"'.encode())],
        compressible=form.gzip,
        sent=lambda: body.messages,
    )

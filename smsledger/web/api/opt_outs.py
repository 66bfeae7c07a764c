"""GET /api/opt-outs/{shortCode}: the numbers that have opted out of a short code, all of them.

They are read in steps, in the order of numbers. Between two steps handsets go on writing, so each
number is judged by what it had written when its step was read.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from urllib.parse import quote

import msgspec

from smsledger.errors import ShortCodeNotFound
from smsledger.formats import Format, by_name
from smsledger.formats.csv import record
from smsledger.formats.lines import utf8
from smsledger.ledger import instant
from smsledger.ledger.line_ends import escape_line_ends
from smsledger.ledger.model import Credential, Program, Scope
from smsledger.ledger.numbers import plain_code
from smsledger.ledger.opt_outs import OptOut, OptOutsQuery, OptOutsStep
from smsledger.settings import Settings
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import GUARDED, QUERIED, Operation
from smsledger.web.api.request.opt_outs import (
    FORMATS,
    PARAMETERS,
    SHORT_CODE_PATTERN,
    asked_code,
    parse_opt_outs_request,
)
from smsledger.web.auth import authenticate
from smsledger.web.call import Call
from smsledger.web.export_log import ExportLog
from smsledger.web.stream import Stream

STEP = 1000
_lines = msgspec.json.Encoder().encode_lines
Authorize = Callable[[], Awaitable[Credential]]


_SHORT_CODE = {
    "name": "shortCode",
    "in": "path",
    "required": True,
    "description": "The number that handsets write to.",
    "schema": {"type": "string", "pattern": f"^{SHORT_CODE_PATTERN}$"},
    "example": examples.SHORT_CODE,
}
OPERATION = Operation(
    path="/api/opt-outs/{shortCode}",
    id="exportOptOuts",
    tag="Export",
    summary="Export who has opted out of a short code",
    description=(
        "The numbers that have opted out of the short code, for example by STOP, and have "
        "not opted in again, in all programs that the credential may see. Ordered by "
        "number. If the export fails midway, the connection breaks, so a response that "
        "ends is complete. Needs the scope `export`."
    ),
    path_parameter=_SHORT_CODE,
    query=PARAMETERS,
    components={"format": "optOutsFormat"},  # messages have other formats
    success="All of them.",
    content={
        by_name(name).media_type.partition(";")[0]: {
            "schema": {"type": "string"},
            "example": examples.OPT_OUTS[name],
        }
        for name in FORMATS
    },
    headers=("X-Request-Id", "Content-Disposition"),
    errors=("invalid_path", "short_code_not_found", "not_found", *QUERIED, *GUARDED),
)


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """One opt-out, as on the wire."""

    number: str
    short_code: str
    word: str
    date: str
    program_id: int | None
    message_id: str | None

    @classmethod
    def of(cls, opt_out: OptOut) -> "Line":
        """The line of an opt-out."""
        date = instant.render_seconds(opt_out.date)
        program_id = None if opt_out.program_id == NO_PROGRAM else opt_out.program_id
        known = opt_out.number, opt_out.short_code, opt_out.word
        return cls(*known, date, program_id, opt_out.message_id)


COLUMNS = Line.__struct_encode_fields__


def heard_by(credential: Credential, seen: Iterable[Program]) -> tuple[int, ...]:
    """Return the programs whose opt-outs a credential may read.

    Unrouted messages are included only for credentials without limits, because a STOP without a
    program may belong to any of them.
    """
    nowhere = () if credential.programs else (NO_PROGRAM,)
    return (*(program.id for program in seen), *nowhere)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a file of opt-outs.

    `way` is its name in the log of exports, before the format.
    """

    username: str
    short_code: str
    form: Format
    way: str


class OptOuts:
    """The opt-outs of short codes, as far as a credential sees the programs."""

    def __init__(self, store: Store, settings: Settings, log: ExportLog) -> None:
        self._store = store
        self._rule = settings.opt_out_rule
        self._log = log

    async def get(self, call: Call) -> Stream:
        """The opt-outs that a call asks for, the first step already read."""

        async def authorize() -> Credential:
            return await authenticate(call, self._store, Scope.EXPORT)

        credential = await authorize()
        short_code = asked_code(call.scope["path_params"]["shortCode"])
        first = await self.step(credential, short_code, "", STEP)
        form = parse_opt_outs_request(call.scope["query_string"])
        asked = Asked(
            username=credential.username, short_code=short_code, form=form, way="opt-outs"
        )
        return await self.export(call, authorize, asked, first)

    async def step(
        self, credential: Credential, short_code: str, after: str, limit: int
    ) -> OptOutsStep:
        """Return the opt-outs among at most `limit` numbers after the number `after`.

        Raises:
            ShortCodeNotFound: there are no opt-outs, and no program that the credential sees has
                the code. An empty list would hide a mistyped code.
        """
        programs = await self._store.programs()
        seen = [program for program in programs if credential.sees(program.id)]
        query = OptOutsQuery(
            program_ids=heard_by(credential, seen),
            short_code=short_code,
            rule=self._rule,
            after_number=after,
            limit=limit,
        )
        step = await self._store.opt_outs(query)
        codes = {plain_code(program.short_code) for program in seen}
        nobody = not step.opt_outs and step.after_number is None
        if nobody and not after and short_code not in codes:
            raise ShortCodeNotFound(short_code)
        return step

    async def export(
        self, call: Call, authorize: Authorize, asked: Asked, first: OptOutsStep
    ) -> Stream:
        """All opt-outs as a file, in the log of exports before its first byte.

        Args:
            call: whose answer it is.
            authorize: who calls; raises if they may not. Asked before each further step.
            asked: what it is.
            first: the first step.
        """
        sent = _Sent()
        name = f"opt-outs-{asked.short_code}{asked.form.suffix}"
        stream = Stream(
            pieces=self._pieces(asked, first, authorize, sent),
            content_type=asked.form.media_type.encode(),
            headers=[(b"content-disposition", f'attachment; filename="{name}"'.encode())],
            compressible=asked.form.gzip,
            sent=lambda: sent.count,
        )
        if call.is_head:
            return stream
        kind, filters = f"{asked.way} {asked.form.name}", f"shortCode={quote(asked.short_code)}"
        entry = await self._log.other(asked.username, 0, kind, filters)
        return self._log.followed(stream, entry)

    async def _pieces(
        self, asked: Asked, step: OptOutsStep, authorize: Authorize, sent: "_Sent"
    ) -> AsyncGenerator[bytes, None]:
        render = _BY_FORMAT[asked.form.name]
        if asked.form.name == "csv":
            yield utf8(record(COLUMNS))
        while True:
            if step.opt_outs:
                sent.count += len(step.opt_outs)
                yield render(map(Line.of, step.opt_outs))
            if step.after_number is None:
                break
            step = await self.step(await authorize(), asked.short_code, step.after_number, STEP)


class _Sent(msgspec.Struct):
    """The number of opt-outs sent so far."""

    count: int = 0


def _csv(lines: Iterable[Line]) -> bytes:
    return utf8("".join(record(_cells(line)) for line in lines))


def _cells(line: Line) -> list[str | None]:
    return [None if cell is None else str(cell) for cell in msgspec.structs.astuple(line)]


def _ndjson(lines: Iterable[Line]) -> bytes:
    return escape_line_ends(_lines(lines))


_BY_FORMAT: dict[str, Callable[[Iterable[Line]], bytes]] = {"ndjson": _ndjson, "csv": _csv}

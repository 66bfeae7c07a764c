"""GET /api/opt-outs/{shortCode}: the numbers that have opted out of a short code, all of them.

They are read in steps, in the order of numbers. Between two steps handsets go on writing, so each
number is judged by what it had written last when its step was read.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

import msgspec

from smsledger import instant
from smsledger.errors import ShortCodeNotFound
from smsledger.formats import Format
from smsledger.formats.csv import record
from smsledger.formats.lines import utf8
from smsledger.model import Credential, Scope
from smsledger.opt_outs import OptOut, OptOutsQuery
from smsledger.request.opt_outs import parse_opt_outs_request, short_code_of
from smsledger.settings import Settings, parse_words
from smsledger.store.protocol import Store
from smsledger.web.auth import authenticate
from smsledger.web.call import Call
from smsledger.web.stream import Stream

STEP = 1000
_encode = msgspec.json.Encoder().encode_lines
Judge = Callable[[], Awaitable[Credential]]


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """One opt-out, as on the wire."""

    number: str
    short_code: str
    word: str
    date: str

    @classmethod
    def of(cls, opt_out: OptOut) -> "Line":
        """The line of an opt-out."""
        date = instant.render_seconds(opt_out.date)
        return cls(opt_out.number, opt_out.short_code, opt_out.word, date)


COLUMNS = Line.__struct_encode_fields__


class OptOuts:
    """The opt-outs of short codes, as far as a credential sees the programs."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._words = parse_words(settings.opt_out_words)

    async def get(self, call: Call) -> Stream:
        """The opt-outs that a call asks for, the first step already read."""

        async def judge() -> Credential:
            return await authenticate(call, self._store, Scope.EXPORT)

        credential = await judge()
        short_code = short_code_of(call.scope["path_params"]["shortCode"])
        first = await self.step(credential, short_code, "", STEP)
        form = parse_opt_outs_request(call.scope["query_string"])
        return self.stream(short_code, form, first, judge)

    async def step(
        self, credential: Credential, short_code: str, after: str, limit: int
    ) -> list[OptOut]:
        """At most so many opt-outs, from after a number; fewer: there are no more.

        Raises:
            ShortCodeNotFound: none, and no program that the credential sees has the code. It would
                be a bad surprise if that meant a slip of the pen.
        """
        programs = await self._store.programs()
        seen = [program for program in programs if credential.sees(program.id)]
        query = OptOutsQuery(
            program_ids=tuple(program.id for program in seen),
            short_code=short_code,
            words=self._words,
            after_number=after,
            limit=limit,
        )
        found = await self._store.opt_outs(query)
        if not found and not after and all(each.short_code != short_code for each in seen):
            raise ShortCodeNotFound(short_code)
        return found

    def stream(self, short_code: str, form: Format, first: list[OptOut], judge: Judge) -> Stream:
        """All opt-outs as a file; `judge` says before each further step who may have it."""
        name = f"opt-outs-{short_code}{form.suffix}"
        sent = _Sent()
        return Stream(
            pieces=self._pieces(short_code, form, first, judge, sent),
            content_type=form.media_type.encode(),
            headers=[(b"content-disposition", f'attachment; filename="{name}"'.encode())],
            compressible=form.gzip,
            sent=lambda: sent.count,
        )

    async def _pieces(
        self, short_code: str, form: Format, step: list[OptOut], judge: Judge, sent: "_Sent"
    ) -> AsyncGenerator[bytes, None]:
        render = _BY_FORMAT[form.name]
        if form.name == "csv":
            yield utf8(record(COLUMNS))
        while step:
            yield render(map(Line.of, step))
            sent.count += len(step)
            if len(step) < STEP:
                break
            step = await self.step(await judge(), short_code, step[-1].number, STEP)


class _Sent(msgspec.Struct):
    """How many opt-outs have left."""

    count: int = 0


def _csv(lines: Iterable[Line]) -> bytes:
    return utf8("".join(record(msgspec.structs.astuple(line)) for line in lines))


_BY_FORMAT: dict[str, Callable[[Iterable[Line]], bytes]] = {"ndjson": _encode, "csv": _csv}

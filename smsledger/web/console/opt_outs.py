"""GET /opt-outs: who has opted out of a short code, as a page and as a file."""

from urllib.parse import urlencode

import msgspec

from smsledger.errors import InvalidRequest, ShortCodeNotFound
from smsledger.ledger.model import Credential
from smsledger.ledger.numbers import plain_code
from smsledger.ledger.opt_outs import OptOut
from smsledger.web.api.opt_outs import STEP, Asked, OptOuts, heard_by
from smsledger.web.api.request.opt_outs import asked_code, parse_download
from smsledger.web.call import Answer, Call
from smsledger.web.console.form import Form, read_query
from smsledger.web.console.frame import Console
from smsledger.web.stream import Stream

_ON_A_PAGE = 50
_MOST_CODES = 100


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to show of a short code: opt-outs, or why there are none."""

    status: int = 200
    opt_outs: list[OptOut] = []
    next_page: str | None = None
    problem: str = ""


class OptOutsPages:
    """The page of opt-outs, and its downloads."""

    def __init__(self, console: Console, opt_outs: OptOuts) -> None:
        self._console = console
        self._opt_outs = opt_outs
        self._words = console.settings.consent_words
        self._rule = console.settings.opt_out_rule

    async def page(self, call: Call) -> Answer:
        """The opt-outs of a code from after a number, and the codes that there are to choose."""
        visitor = await self._console.visitor(call)
        asked = read_query(call)
        codes = await self._codes(visitor.credential)
        code = plain_code(asked.text("code").strip()) or (codes[0] if len(codes) == 1 else "")
        after = _number(asked)
        shown = await self._page(visitor.credential, code, after) if code else Shown()
        return self._console.page(
            call,
            "opt_outs.html",
            visitor,
            status=shown.status,
            code=code,
            codes=codes,
            words=self._words,
            rule=self._rule,
            after=after,
            shown=shown,
        )

    async def download(self, call: Call) -> Stream:
        """All opt-outs of a code as a file."""

        async def authorize() -> Credential:
            return (await self._console.visitor(call)).credential

        credential = await authorize()
        code, form = parse_download(call.scope["query_string"])
        first = await self._opt_outs.step(credential, code, "", STEP)
        asked = Asked(
            username=credential.username, short_code=code, form=form, way="report opt-outs"
        )
        return await self._opt_outs.export(call, authorize, asked, first)

    async def _codes(self, credential: Credential) -> list[str]:
        """The short codes of the programs that the credential sees: as they are, and as they were.

        What a program had before is found by what handsets wrote to it.
        """
        programs = await self._console.store.programs()
        seen = [program for program in programs if credential.sees(program.id)]
        program_ids = heard_by(credential, seen)
        codes = await self._console.store.codes_with_events(program_ids, _MOST_CODES)
        return sorted({*codes, *(plain_code(program.short_code) for program in seen)} - {""})

    async def _page(self, credential: Credential, code: str, after: str) -> Shown:
        try:
            found = await self._some(credential, asked_code(code), after)
        except (InvalidRequest, ShortCodeNotFound) as error:
            return Shown(status=error.status, problem=str(error))
        opt_outs, more = found[:_ON_A_PAGE], found[_ON_A_PAGE:]
        following = {"code": code, "after": opt_outs[-1].number} if more else None
        return Shown(
            opt_outs=opt_outs,
            next_page=f"/opt-outs?{urlencode(following)}" if following else None,
        )

    async def _some(self, credential: Credential, code: str, after: str) -> list[OptOut]:
        """What a page shows, and one more if there are more: as many steps as that takes."""
        found: list[OptOut] = []
        following: str | None = after
        while following is not None and len(found) <= _ON_A_PAGE:
            step = await self._opt_outs.step(credential, code, following, STEP)
            found += step.opt_outs
            following = step.after_number
        return found


def _number(asked: Form) -> str:
    text = asked.text("after")
    return text if text.isascii() and text.isdigit() else ""

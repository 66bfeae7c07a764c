"""GET /programs: the programs that a visitor may see, with their latest figures."""

from urllib.parse import urlencode

import msgspec

from smsledger import instant
from smsledger.counts import Count, CountsQuery
from smsledger.model import DeliveryStatus, MessageType, Program
from smsledger.web.call import Answer, Call
from smsledger.web.console.form import Form, read_query
from smsledger.web.console.frame import Console
from smsledger.web.console.sparkline import sparkline

_DAYS = 30
_ON_A_PAGE = 50


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A program, with its messages of the last 24 hours and 30 days.

    `delivered` is the share of the MTs of these 30 days that were delivered; None where there were
    none. `line` draws the messages of each day, oldest first.
    """

    program: Program
    day: int
    month: int
    delivered: float | None
    line: str


class Programs:
    """The list of programs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def page(self, call: Call) -> Answer:
        """The programs that fit what is searched for, a page at a time."""
        visitor = await self._console.visitor(call)
        asked = read_query(call)
        words = asked.text("q").split()
        seen = [
            program
            for program in await self._console.store.programs()
            if visitor.credential.sees(program.id)
        ]
        found = [program for program in seen if fits(program, words)]
        first = (_page_number(asked) - 1) * _ON_A_PAGE
        shown = found[first : first + _ON_A_PAGE]
        now = instant.now()
        return self._console.page(
            call,
            "programs.html",
            visitor,
            q=" ".join(words),
            found=len(found),
            total=len(seen),
            first=first,
            rows=[await self._figures(program, now) for program in shown],
            before=_address(words, first // _ON_A_PAGE) if first else None,
            after=_address(words, first // _ON_A_PAGE + 2) if found[first + _ON_A_PAGE :] else None,
        )

    async def _figures(self, program: Program, now: int) -> Figures:
        today = instant.midnight(now)
        start = today - (_DAYS - 1) * instant.DAY
        month = await self._counts(program.id, start, now)
        day = await self._counts(program.id, now - instant.DAY, now)
        return Figures(
            program=program,
            day=sum(each.messages for each in day),
            month=sum(each.messages for each in month),
            delivered=_delivered(month),
            line=sparkline(_per_day(month, start)),
        )

    async def _counts(self, program_id: int, start: int, end: int) -> list[Count]:
        query = CountsQuery(program_id=program_id, start=start, end=end, by="day")
        return await self._console.store.counts(query)


def fits(program: Program, words: list[str]) -> bool:
    """Whether each word is in the id, a name, the type, the code or a keyword."""
    known = (str(program.id), program.name, program.campaign, program.type, program.short_code)
    text = "\n".join([*filter(None, known), *program.keywords]).casefold()
    return all(word.casefold() in text for word in words)


def _page_number(asked: Form) -> int:
    text = asked.text("page")
    return max(1, int(text[:6])) if text.isascii() and text.isdigit() else 1


def _address(words: list[str], page: int) -> str:
    pairs = {"q": " ".join(words), "page": str(page)}
    return "/programs?" + urlencode({name: text for name, text in pairs.items() if text})


def _delivered(counts: list[Count]) -> float | None:
    sent = [each for each in counts if each.type is MessageType.MT]
    total = sum(each.messages for each in sent)
    arrived = sum(
        each.messages for each in sent if each.delivery_status is DeliveryStatus.DELIVERED
    )
    return arrived / total if total else None


def _per_day(counts: list[Count], start: int) -> list[int]:
    days = [0] * _DAYS
    for each in counts:
        if each.start is not None:
            days[(each.start - start) // instant.DAY] += each.messages
    return days

"""GET /programs: the programs that a visitor may see, with their latest figures."""

from collections import defaultdict
from urllib.parse import urlencode

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.counts import RecentCount, RecentQuery
from smsledger.ledger.model import Program
from smsledger.web.call import Answer, Call
from smsledger.web.console.form import Form, read_query
from smsledger.web.console.frame import Console

_DAYS = 30
_ON_A_PAGE = 50
_WIDTH, _HEIGHT = 120, 28  # of a sparkline, as in the template's viewBox
_EDGE = 2  # keeps the whole stroke inside


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
        return self._console.page(
            call,
            "programs.html",
            visitor,
            q=" ".join(words),
            found=len(found),
            total=len(seen),
            first=first,
            rows=await self._figures(shown),
            before=_address(words, first // _ON_A_PAGE) if first else None,
            after=_address(words, first // _ON_A_PAGE + 2) if found[first + _ON_A_PAGE :] else None,
        )

    async def _figures(self, programs: list[Program]) -> list[Figures]:
        """All from one question: many programs are listed as fast as one, nearly."""
        program_ids = tuple(program.id for program in programs)
        asked = RecentQuery(program_ids=program_ids, now=instant.now(), days=_DAYS)
        by_program: dict[int, list[RecentCount]] = defaultdict(list)
        for each in await self._console.store.recent_counts(asked):
            by_program[each.program_id].append(each)
        return [_figures_of(program, by_program[program.id], asked.since) for program in programs]


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


def _figures_of(program: Program, counts: list[RecentCount], since: int) -> Figures:
    days, sent, delivered, latest = [0] * _DAYS, 0, 0, 0
    for each in counts:
        if each.start is None:
            latest += each.messages
            continue
        days[(each.start - since) // instant.DAY] += each.messages
        sent += each.sent
        delivered += each.delivered
    return Figures(
        program=program,
        day=latest,
        month=sum(days),
        delivered=delivered / sent if sent else None,
        line=_sparkline(days),
    )


def _sparkline(counts: list[int]) -> str:
    """Return the `d` of an SVG path through the counts, left to right, the highest at the top."""
    highest = max(counts, default=0) or 1
    step = (_WIDTH - 2 * _EDGE) / max(1, len(counts) - 1)
    points = [
        f"{_EDGE + at * step:.1f} {_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * count / highest:.1f}"
        for at, count in enumerate(counts)
    ]
    return "M" + " L".join(points)

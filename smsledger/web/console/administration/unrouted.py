"""/admin/unrouted: the messages that found no program, and where they go."""

import msgspec

from smsledger.accounts.provisioning import id_of
from smsledger.errors import ProgramInactive, ProgramNotFound
from smsledger.intake.routing import assign
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.ledger.first_word import first_word
from smsledger.ledger.model import Program, Unrouted
from smsledger.ledger.numbers import is_number
from smsledger.web.call import Answer, Call
from smsledger.web.console.draft import Draft
from smsledger.web.console.form import Form, read_query
from smsledger.web.console.frame import Console
from smsledger.web.console.visitor import Visitor

_ON_A_PAGE = 50
_PLACE = "/admin/unrouted"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits, with the program that it would go to if it came now."""

    message: Unrouted
    leads_to: Program | None
    has_number: bool


class Assigned(msgspec.Struct, frozen=True):
    """How many messages were assigned, and why others were not, in sentences."""

    count: int = 0
    problems: list[str] = []


class UnroutedMessages:
    """The page at which messages that found no program are given one."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def listing(self, call: Call) -> Answer:
        """GET /admin/unrouted; `assigned` and `program` are what was just done."""
        visitor = await self._console.administrator(call)
        done = _whole(self._console.was_done(call, visitor).text("assigned"))
        return await self._page(call, visitor, Draft(read_query(call)), Assigned(done))

    async def assign(self, call: Call) -> Answer:
        """POST /admin/unrouted."""
        visitor = await self._console.administrator(call)
        draft = Draft(await self._console.form(call, visitor))
        program_id, number = draft.take("program", _chosen), draft.take_any("number", _number)
        chosen = _ordinals(draft.form)
        if not chosen:
            draft.add_error("ordinal", "choose the messages to assign")
        if draft.problems or program_id is None:
            return await self._page(call, visitor, draft, Assigned())
        assigned = await self._assign(draft, chosen, program_id, number)
        if draft.problems or assigned.problems:
            return await self._page(call, visitor, draft, assigned)
        done = {"assigned": assigned.count, "program": program_id}
        return self._console.done(call, visitor, _PLACE, **done)

    async def _assign(
        self, draft: Draft, chosen: list[int], program_id: int, number: str | None
    ) -> Assigned:
        """Assign messages, until the program takes none any more, which the draft is told."""
        count, problems = 0, []
        for ordinal in chosen:
            try:
                problem = await self._assign_one(ordinal, program_id, number)
            except (ProgramNotFound, ProgramInactive) as error:
                draft.add_error("program", str(error).rstrip("."))
                break
            if problem is None:
                count += 1
            else:
                problems.append(problem)
        return Assigned(count, problems)

    async def _assign_one(self, ordinal: int, program_id: int, number: str | None) -> str | None:
        """Assign a message; None, or in a sentence why it could not be."""
        store = self._console.store
        bounds = DateBounds.at(instant.now(), self._console.settings.retention_days)
        for found in await store.unrouted(ordinal - 1, 1):
            if found.ordinal == ordinal:
                return await assign(store, found, program_id, bounds, number)
        return f"{ordinal} does not wait any more: it was assigned already"

    async def _page(self, call: Call, visitor: Visitor, draft: Draft, assigned: Assigned) -> Answer:
        after = _after(draft)
        waiting = await self._console.store.unrouted(after, _ON_A_PAGE + 1)
        programs = {each.id: each for each in await self._console.store.programs()}
        return self._console.page(
            call,
            "administration/unrouted.html",
            visitor,
            status=422 if draft.problems or assigned.problems else 200,
            draft=draft,
            rows=[await self._waiting(each, programs) for each in waiting[:_ON_A_PAGE]],
            after=after,
            next=waiting[_ON_A_PAGE - 1].ordinal if waiting[_ON_A_PAGE:] else None,
            programs=sorted(programs.values(), key=lambda each: each.name.casefold()),
            assigned=assigned,
            program=programs.get(_whole(draft.text("program"))),
        )

    async def _waiting(self, message: Unrouted, programs: dict[int, Program]) -> Waiting:
        leads_to = None
        if message.short_code:
            word = first_word(message.body)
            leads_to = await self._console.store.route(message.short_code, word)
        program = None if leads_to is None else programs.get(leads_to)
        has_number = is_number(message.sender)
        return Waiting(message=message, leads_to=program, has_number=has_number)


def _chosen(text: str) -> int:
    if not text:
        raise ValueError("choose a program")
    return id_of(text)


def _number(text: str) -> str:
    number = text.removeprefix("+")
    if not is_number(number):
        raise ValueError("3 to 20 digits")
    return number


def _ordinals(form: Form) -> list[int]:
    """The messages that are ticked, or all that were shown."""
    given = form.texts("shown" if form.flag("all") else "ordinal")
    return sorted({_whole(text) for text in given} - {0})


def _after(draft: Draft) -> int:
    return _whole(draft.text("after"))


def _whole(text: str) -> int:
    """A number that we wrote into an address or a form ourselves; 0 where somebody changed it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0

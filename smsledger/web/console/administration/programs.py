"""/admin/programs: list, create and change programs."""

import hashlib

import msgspec

from smsledger.accounts.provisioning import id_of, is_default, keywords_of, name_of, short_code_of
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Program
from smsledger.store.errors import Changed, Taken
from smsledger.web.call import Answer, Call
from smsledger.web.console.draft import Draft
from smsledger.web.console.form import read_query
from smsledger.web.console.frame import Console
from smsledger.web.console.programs import fits
from smsledger.web.console.visitor import Visitor

# Suggestions; any other type is accepted.
TYPES = (
    "Text to Join",
    "Text for Info",
    "Text for Email",
    "Multi-Step",
    "Competition",
    "Voting",
    "Text for Response",
)
_PLACE = "/admin/programs"
_AT_ONCE = 200  # listed; more are found by a search
_CHANGED = "Somebody else has changed this program. The current values are shown below."


class Programs:
    """The pages that list, create and change programs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def start(self, call: Call) -> Answer:
        """GET /admin: where administration begins."""
        await self._console.administrator(call)
        return self._console.redirect(call, _PLACE)

    async def listing(self, call: Call) -> Answer:
        """GET /admin/programs: those that `q` fits; `saved` is the id of the last one written."""
        visitor = await self._console.administrator(call)
        words = read_query(call).text("q").split()
        saved = self._console.was_done(call, visitor).text("saved")
        programs = await self._console.store.programs()
        found = [each for each in programs if fits(each, words)]
        return self._console.page(
            call,
            "administration/programs.html",
            visitor,
            q=" ".join(words),
            total=len(programs),
            found=len(found),
            programs=found[:_AT_ONCE],
            saved=next((each for each in programs if str(each.id) == saved), None),
            rebuild_due=await self._console.store.note_words() is not None,
        )

    async def new(self, call: Call) -> Answer:
        """GET /admin/programs/new; the address may say what to begin with."""
        visitor = await self._console.administrator(call)
        draft = Draft(read_query(call))
        return await self._form(call, visitor, draft, None)

    async def create(self, call: Call) -> Answer:
        """POST /admin/programs/new."""
        visitor = await self._console.administrator(call)
        draft = Draft(await self._console.form(call, visitor))
        program = self._read(draft, draft.take_any("id", id_of) or 0, active=True)
        if program is not None:
            try:
                made = await self._console.store.create_program(program)
                return self._console.done(call, visitor, _PLACE, saved=made.id)
            except Taken as taken:
                _blame(draft, taken)
        return await self._form(call, visitor, draft, None)

    async def edit(self, call: Call) -> Answer:
        """GET /admin/programs/{programId}."""
        visitor = await self._console.administrator(call)
        program = await self._console.program(call, visitor)
        return await self._form(call, visitor, _draft_of(program), program)

    async def update(self, call: Call) -> Answer:
        """POST /admin/programs/{programId}."""
        visitor = await self._console.administrator(call)
        program = await self._console.program(call, visitor)
        draft = Draft(await self._console.form(call, visitor))
        changed = self._read(draft, program.id, active=draft.has("active"), had=program.keywords)
        if draft.text("was") != _fingerprint(program):
            return await self._form(call, visitor, draft, program, notice=_CHANGED)
        if changed is not None:
            try:
                await self._console.store.update_program(changed, was=program)
                return self._console.done(call, visitor, _PLACE, saved=program.id)
            except Changed:
                found = await self._console.program(call, visitor)
                return await self._form(call, visitor, draft, found, notice=_CHANGED)
            except Taken as taken:
                _blame(draft, taken)
        return await self._form(call, visitor, draft, program)

    def _read(
        self, draft: Draft, program_id: int, *, active: bool, had: tuple[str, ...] = ()
    ) -> Program | None:
        words = self._console.settings.consent_words
        return _read(draft, program_id, active=active, words=words, had=had)

    async def _form(
        self, call: Call, visitor: Visitor, draft: Draft, program: Program | None, notice: str = ""
    ) -> Answer:
        return self._console.page(
            call,
            "administration/program.html",
            visitor,
            status=409 if notice else None,
            draft=draft,
            program=program,
            was=_fingerprint(program) if program else "",
            notice=notice,
            campaigns=await self._console.store.campaigns(),
            types=TYPES,
        )


def _read(
    draft: Draft, program_id: int, *, active: bool, words: ConsentWords, had: tuple[str, ...]
) -> Program | None:
    """Return the program that a form describes; None if the draft has problems."""
    name, kind = draft.take("name", name_of), draft.take("type", name_of)
    campaign = draft.take("campaign", name_of)
    code = draft.take_any("short_code", short_code_of)
    given = draft.text("keywords").replace(",", " ").split()
    keywords = draft.take("keywords", keywords_of, given, words, had) or ()
    default = False
    if "short_code" not in draft.problems:
        try:
            default = is_default(code, keywords, asked=draft.has("default"))
        except ValueError as error:
            draft.add_error("short_code", str(error))
    if draft.problems or name is None or kind is None or campaign is None:
        return None
    return Program(
        id=program_id,
        name=name,
        type=kind,
        campaign=campaign,
        short_code=code,
        keywords=keywords,
        is_default=default,
        active=active,
    )


def _draft_of(program: Program) -> Draft:
    return Draft.of(
        name=program.name,
        type=program.type,
        campaign=program.campaign,
        short_code=program.short_code or "",
        keywords=" ".join(program.keywords),
        default="1" if program.is_default else "",
        active="1" if program.active else "",
    )


def _fingerprint(program: Program) -> str:
    """Return a text that differs after any change of the program."""
    return hashlib.blake2b(msgspec.json.encode(program), digest_size=8).hexdigest()


def _blame(draft: Draft, taken: Taken) -> None:
    field = {"is_default": "default"}.get(taken.field, taken.field)
    draft.add_error(field, str(taken))

"""/programs/{programId}: a program's Message Reports, and the parts of it that are live."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from smsledger.errors import InvalidRequest, NotFound, Problem
from smsledger.ledger import instant, zones
from smsledger.ledger.filters import FILTERS
from smsledger.ledger.model import Program, Scope
from smsledger.ledger.walk import Key, begin
from smsledger.web.api.request.query_string import Texts
from smsledger.web.api.request.report import (
    PAGE_SIZES,
    PARAMETERS,
    ReportRequest,
    parse_report_request,
    typed,
)
from smsledger.web.call import Answer, Call
from smsledger.web.console.frame import Console
from smsledger.web.console.report import rows, snippets
from smsledger.web.console.report.figures import figures_of
from smsledger.web.console.report.presets import presets
from smsledger.web.console.visitor import Visitor

_PAGE, _LIVE = "report/page.html", "report/live.html"
_PLACES = ("older", "newer")
_MOST_NETWORKS = 50


class Reports:
    """The reports of all programs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def page(self, call: Call) -> Answer:
        """The program, the form of its report, and what that asks for."""
        visitor = await self._console.visitor(call)
        program = await self._console.program(call, visitor)
        fields = typed(call.scope["query_string"])
        form = self._form(call, visitor, program, fields)
        try:
            asked = parse_report_request(call.scope["query_string"])
        except InvalidRequest as error:
            form |= _problems(error.problems) | {
                "asked": None,
                "found": {"network": _chosen(fields)},
            }
            return self._console.page(call, _PAGE, visitor, status=400, **form)
        report = await self._report(program, asked, fields)
        if asked.newer and report["newer"] is None:  # it is the newest page, and shown as that
            return self._console.redirect(call, _address(program, fields))
        found = {"network": _networks(report, fields)}
        form |= _problems(()) | {"dates": _dates(asked), "found": found}
        lines = self._lines(call, visitor, program, asked)
        return self._console.page(call, _PAGE, visitor, paused=False, **form, **report, **lines)

    async def live(self, call: Call) -> Answer:
        """The newest page, if anything in the program has changed since its counter was seen."""
        visitor = await self._console.visitor(call)
        program = await self._console.program(call, visitor)
        if str(await self._console.store.counter(program.id)) == call.scope["path_params"]["seen"]:
            return Answer(status=204)
        return await self._part(call, visitor, program, paused=False)

    async def paused(self, call: Call) -> Answer:
        """The newest page, which stays as it is."""
        visitor = await self._console.visitor(call)
        program = await self._console.program(call, visitor)
        return await self._part(call, visitor, program, paused=True)

    async def preset(self, call: Call) -> Answer:
        """To the report of what the form asks for, in one of the windows that are often wanted."""
        visitor = await self._console.visitor(call)
        program = await self._console.program(call, visitor)
        fields = typed(call.scope["query_string"])
        for each in presets(instant.now(), _zone_of(fields)):
            if each.name == call.scope["path_params"]["preset"]:
                window = {"startDate": [each.start], "endDate": [each.end] if each.end else []}
                return self._console.redirect(call, _address(program, {**fields, **window}))
        raise NotFound

    async def _part(
        self, call: Call, visitor: Visitor, program: Program, *, paused: bool
    ) -> Answer:
        fields = typed(call.scope["query_string"])
        asked = parse_report_request(call.scope["query_string"])
        report = await self._report(program, asked, fields)
        return self._console.page(
            call, _LIVE, visitor, program=program, paused=paused, **_times(asked.zone), **report
        )

    async def _report(
        self, program: Program, asked: ReportRequest, fields: Texts
    ) -> dict[str, Any]:
        """What the templates say of the messages."""
        store, now = self._console.store, instant.now()
        walk = begin(asked.page, program.id, now, self._console.settings.walk_rules)
        # Before all that is read: what changes meanwhile is looked at once more.
        seen = await store.counter(program.id)
        begun = asked.page.start is not None
        figures = await figures_of(store, walk, asked.zone, now, begun=begun)
        page = await rows.read(store, asked.query(walk), figures.runs)
        return {
            "asked": asked,
            "rows": page.rows if asked.newer is None else page.rows[::-1],
            "older": _turned(program, fields, "older", asked.older_key(page.next_key)),
            "newer": _turned(program, fields, "newer", asked.newer_key(page.next_key)),
            "figures": figures,
            "seen": seen,
            "live_query": urlencode(_without_places(fields), doseq=True),
        }

    def _form(
        self, call: Call, visitor: Visitor, program: Program, fields: Texts
    ) -> dict[str, Any]:
        """What the templates say of the program and the fields of its form."""
        zone = _zone_of(fields)
        origin, user = self._console.origin.of(call), visitor.credential.username
        return {
            "program": program,
            "fields": {each.name: fields.get(each.name, []) for each in PARAMETERS},
            "is_filled": bool(fields),
            "dates": {name: "".join(fields.get(name, [])[:1]) for name in ("startDate", "endDate")},
            "filters": FILTERS,
            "page_sizes": PAGE_SIZES,
            "presets": presets(instant.now(), zone),
            "zones": zones.choices(),
            "zone_is_listed": any(zone in some for some in zones.choices().values()),
            "page_line": snippets.page_line(origin, user, program),
            "may_export": visitor.credential.may(Scope.EXPORT),
            **_times(zone),
        }

    def _lines(
        self, call: Call, visitor: Visitor, program: Program, asked: ReportRequest
    ) -> dict[str, Any]:
        """What the templates say of how to have the messages elsewhere."""
        origin, user = self._console.origin.of(call), visitor.credential.username
        return {
            "files": snippets.files(asked.page),
            "curl_line": snippets.curl_line(origin, user, program, asked.page),
            "command_line": snippets.command_line(origin, user, program, asked.page),
        }


def _zone_of(fields: Texts) -> str:
    name = fields.get("zone", [zones.GMT])[0]
    return name if name in zones.names() else zones.GMT


def _times(zone: str) -> dict[str, Any]:
    return {"zone": zone, "clock": ZoneInfo(zone)}


def _problems(problems: tuple[Problem, ...]) -> dict[str, Any]:
    wrong: dict[str, list[str]] = {}
    for problem in problems:
        wrong.setdefault(problem.parameter or "", []).append(problem.message)
    return {"problems": problems, "wrong": wrong}


def _dates(asked: ReportRequest) -> dict[str, str]:
    """The window as its fields show it: no seconds where a whole minute is meant."""
    start, end = asked.page.start, asked.page.end
    shown = {"startDate": "", "endDate": ""}
    if start is not None:
        shown["startDate"] = _field(start, asked.zone, whole=start % instant.MINUTE == 0)
    if end is not None:
        shown["endDate"] = _field(end, asked.zone, whole=(end + 1) % instant.MINUTE == 0)
    return shown


def _field(moment: int, zone: str, *, whole: bool) -> str:
    return f"{zones.clock(moment, zone):{'%Y-%m-%dT%H:%M' if whole else '%Y-%m-%dT%H:%M:%S'}}"


def _chosen(fields: Texts) -> list[str | None]:
    return [name or None for name in dict.fromkeys(fields.get("network", []))]


def _networks(report: dict[str, Any], fields: Texts) -> list[str | None]:
    """Those to choose from: the largest, and those that are chosen."""
    largest: list[str | None] = report["figures"].networks[:_MOST_NETWORKS]
    return list(dict.fromkeys([*largest, *_chosen(fields)]))


def _without_places(fields: Texts) -> Texts:
    return {name: texts for name, texts in fields.items() if name not in _PLACES}


def _address(program: Program, fields: Texts) -> str:
    """The path and query of a report, at its newest page."""
    text = urlencode(_without_places(fields), doseq=True)
    return f"/programs/{program.id}" + (f"?{text}" if text else "")


def _turned(program: Program, fields: Texts, name: str, key: Key | None) -> str | None:
    """The path and query of another page of it."""
    if key is None:
        return None
    place = {name: [f"{key.date}.{key.serial}"]}
    text = urlencode({**_without_places(fields), **place}, doseq=True)
    return f"/programs/{program.id}?{text}"

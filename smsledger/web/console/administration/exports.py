"""/admin/exports: who exported what, the newest first."""

import re
from urllib.parse import parse_qsl, urlencode

from smsledger.accounts.provisioning import id_of
from smsledger.ledger.export_log import ExportEntry, LogQuery
from smsledger.web.call import Answer, Call
from smsledger.web.console.draft import Draft
from smsledger.web.console.form import read_query
from smsledger.web.console.frame import Console

_ON_A_PAGE = 50
_PLACE = re.compile(r"([0-9]{1,18})\.((?:[0-9a-f]{2}){1,32})", re.ASCII)


class Exports:
    """The page of the log of exports."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def listing(self, call: Call) -> Answer:
        """GET /admin/exports; `user` and `program` limit it, `before` is where a page begins."""
        visitor = await self._console.administrator(call)
        asked = read_query(call)
        asked.require_known("user", "program", "before")
        draft = Draft(asked)
        entries = await self._entries(draft)
        return self._console.page(
            call,
            "administration/exports.html",
            visitor,
            draft=draft,
            entries=entries[:_ON_A_PAGE],
            is_later=bool(_place(draft)),
            older=_older(draft, entries),
            credentials=await self._console.store.credentials(),
            programs={each.id: each for each in await self._console.store.programs()},
            filters_of=_filters_of,
        )

    async def _entries(self, draft: Draft) -> list[ExportEntry]:
        """Those to show and one more, if there is one; none of a program that is none."""
        program_id = draft.take_any("program", id_of)
        if draft.problems:
            return []
        query = LogQuery(
            limit=_ON_A_PAGE + 1,
            username=draft.text("user") or None,
            program_id=program_id,
            before=_place(draft),
        )
        return await self._console.store.exports(query)


def _older(draft: Draft, entries: list[ExportEntry]) -> str | None:
    """The query of the page after this one."""
    if not entries[_ON_A_PAGE:]:
        return None
    last = entries[_ON_A_PAGE - 1]
    asked = {name: draft.text(name) for name in ("user", "program")}
    place = f"{last.began_at}.{last.export_id.hex()}"
    return urlencode({name: text for name, text in asked.items() if text} | {"before": place})


def _filters_of(filters: str) -> list[tuple[str, str]]:
    """The filters of an entry, each a name with a value."""
    return parse_qsl(filters, keep_blank_values=True)


def _place(draft: Draft) -> tuple[int, bytes] | None:
    """Where the page begins; from the newest on, if somebody has changed the address."""
    found = _PLACE.fullmatch(draft.text("before"))
    return (int(found[1]), bytes.fromhex(found[2])) if found else None

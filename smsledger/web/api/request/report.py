"""What is asked of a report: the query of its form -> the API's own, and read as that.

So a report and an export of the same filters cannot disagree, nor say it in other words when
something is wrong with them. A form has blank fields, a box for each status, and dates as the
clock of a time zone shows them; the API has none of these.
"""

import re
from collections.abc import Iterator

import msgspec

from smsledger.errors import Problem
from smsledger.ledger import instant, zones
from smsledger.ledger.filters import FILTERS, pairs
from smsledger.ledger.walk import NO_PIN, Key, PageQuery, PageRequest, Walk, window_problems
from smsledger.web.api.request import filters
from smsledger.web.api.request.query_string import (
    Parameter,
    Texts,
    Values,
    split,
    table_of,
    values_of,
)

PAGE_SIZES = (25, 50, 100)
DEFAULT_PAGE_SIZE = 50
INCLUDED = ("id", "segments", "errorCode")
_KEY = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")
# What a browser sends of a date and a time: no zone, and no seconds where they are nought.
_LOCAL = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)?)?"
)


def _page_size(text: str) -> int:
    if text not in map(str, PAGE_SIZES):
        raise ValueError(f"it must be one of {', '.join(map(str, PAGE_SIZES))}")
    return int(text)


def _zone(text: str) -> str:
    if text not in zones.names():
        raise ValueError(f"'{text[:40]}' is no time zone, as Europe/Berlin is one")
    return text


def _key(text: str) -> Key:
    match = _KEY.fullmatch(text)
    if match is None or not instant.EARLIEST <= int(match[1]) <= instant.LATEST:
        raise ValueError("not a place in a report")
    return Key(int(match[1]), int(match[2]))


_TEXT = {"type": "string"}
ZONE = Parameter("zone", "zone", _zone, _TEXT, "The time zone of the dates; absent: GMT.")
PARAMETERS = (
    *filters.WINDOW,
    *filters.NARROWING,
    Parameter("pageSize", "page_size", _page_size, _TEXT, "Messages on a page."),
    ZONE,
    Parameter("older", "older", _key, _TEXT, "The page from this place back."),
    Parameter("newer", "newer", _key, _TEXT, "The page from this place forth."),
)
_TABLE = table_of(PARAMETERS)
_BOXES = tuple(each.parameter for each in FILTERS if each.kind.control == "boxes")
_DROPDOWNS = tuple(each.parameter for each in FILTERS if each.kind.control == "dropdown")


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a report: of which messages, from where, and by which clock dates are shown.

    `page` is what the API would be asked for. Without `older` and `newer` it is the newest page.
    """

    page: PageRequest
    zone: str = zones.GMT
    older: Key | None = None
    newer: Key | None = None

    @property
    def is_newest(self) -> bool:
        """Whether it shows what has just come."""
        return self.older is None and self.newer is None

    def query(self, walk: Walk) -> PageQuery:
        """The page to read. Its places come from an address, and may be outside of the walk."""
        key = None
        if self.newer is not None:
            key = max(self.newer, Key(walk.start, 0), key=_place)
        elif self.older is not None:
            key = min(self.older, Key(walk.end, NO_PIN), key=_place)
        return PageQuery(
            walk=walk,
            size=self.page.page_size or DEFAULT_PAGE_SIZE,
            number=1,
            key=key,
            include=INCLUDED,
            descending=self.newer is None,
        )

    def older_key(self, next_key: Key | None) -> Key | None:
        """Where the next page back begins; `next_key` is where the one that was read goes on."""
        return next_key if self.newer is None else _before(self.newer)

    def newer_key(self, next_key: Key | None) -> Key | None:
        """Where the next page forth begins."""
        if self.newer is not None:
            return next_key
        return None if self.older is None else Key(self.older.date, self.older.serial + 1)


def parse_report_request(query: bytes) -> ReportRequest:
    """The parameters of a report.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    values = values_of(_of_the_api(_filled(split(query))), _TABLE, _combined)
    how = {name: values.pop(name) for name in ("zone", "older", "newer") if name in values}
    return ReportRequest(page=PageRequest(**values), **how)


def typed(query: bytes) -> Texts:
    """The fields of a form as they were filled in, to be shown in it again.

    Raises:
        UriTooLong: the query is over the limit.
    """
    shown = {name: texts for name, texts in _filled(split(query)).items() if name in _TABLE}
    return {name: [_as_utf8(text) for text in texts] for name, texts in shown.items()}


def api_pairs(asked: PageRequest) -> Iterator[tuple[str, str]]:
    """Yield the filters and dates of a report as parameters of the API."""
    dates = []
    if asked.start is not None:
        dates.append(("startDate", instant.render_first(asked.start)))
    if asked.end is not None:
        dates.append(("endDate", instant.render_last(asked.end)))
    return pairs(asked, dates)


def _filled(given: Texts) -> Texts:
    """Return what is not blank; in a dropdown, the blank box is one that can be chosen."""
    stripped = {
        name: texts if name in _DROPDOWNS else [text for text in map(str.strip, texts) if text]
        for name, texts in given.items()
    }
    return {name: texts for name, texts in stripped.items() if texts}


def _of_the_api(given: Texts) -> Texts:
    said = dict(given)
    said |= {name: [",".join(said[name])] for name in _BOXES if name in said}
    zone = said.get("zone", [zones.GMT])[0]
    zone = zone if zone in zones.names() else zones.GMT
    if "startDate" in said:
        said["startDate"] = [_first(text, zone) for text in said["startDate"]]
    if "endDate" in said:
        said["endDate"] = [_last(text, zone) for text in said["endDate"]]
    return said


def _combined(values: Values) -> list[Problem]:
    problems = window_problems(values.get("start"), values.get("end"))
    if "older" in values and "newer" in values:
        problems.append(
            Problem("invalid_parameter", "older and newer exclude each other.", "older")
        )
    return problems


def _first(text: str, zone: str) -> str:
    """The API's text of a local one's first instant; what is none is left as it is."""
    match = _LOCAL.fullmatch(text)
    if match is None:
        return text
    whole = f"{match[1]}T{match[2] or '00:00'}{match[3] or ':00'}"
    try:
        return instant.render_first(zones.first_at(instant.parse(whole).first, zone))
    except ValueError:
        return whole


def _last(text: str, zone: str) -> str:
    match = _LOCAL.fullmatch(text)
    if match is None:
        return text
    whole = f"{match[1]}T{match[2] or '23:59'}{match[3] or ':59'}"
    try:
        return instant.render_last(zones.last_at(instant.parse(whole).last, zone))
    except ValueError:
        return whole


def _place(key: Key) -> tuple[int, int]:
    return key.date, key.serial


def _before(key: Key) -> Key:
    return Key(key.date, key.serial - 1) if key.serial else Key(key.date - 1, NO_PIN)


def _as_utf8(text: str) -> str:
    """The text, where it is one: what is no UTF-8 cannot be written into a page."""
    return text.encode(errors="replace").decode()

"""GET /api/messages/program/{programId}/counts: messages and segments per period."""

import asyncio
from typing import Literal

import msgspec

from smsledger.errors import Problem
from smsledger.ledger import instant
from smsledger.ledger.counts import Count, CountsQuery
from smsledger.ledger.model import Program, Scope
from smsledger.ledger.walk import PageRequest, begin, window_problems
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import (
    IN_PROGRAM,
    PROGRAM_ID,
    PROGRAM_PATH,
    QUERIED,
    Operation,
    json_content,
)
from smsledger.web.api.request import filters
from smsledger.web.api.request.query_string import Parameter, Values, read, table_of
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import Answer, Call, data_envelope

Period = Literal["day", "hour"]


def _period(text: str) -> Period:
    if text == "day":
        return "day"
    if text == "hour":
        return "hour"
    raise ValueError("it must be day or hour")


PARAMETERS = (
    Parameter(
        "by",
        "by",
        _period,
        {"type": "string", "enum": ["day", "hour"]},
        "Count each day, GMT, or each hour by itself; absent: day.",
    ),
    *filters.WINDOW,
    *filters.COUNTED,
)
OPERATION = Operation(
    path=f"{PROGRAM_PATH}/counts",
    id="countMessages",
    tag="Export",
    summary="Count messages",
    description=(
        "Messages and segments per type and delivery status in each day or hour of a window: "
        "exactly those that an export of the window has. Hours and days without messages are "
        "left out. Needs the scope `export`."
    ),
    path_parameter=PROGRAM_ID,
    query=PARAMETERS,
    success="The counts.",
    content=json_content("Counts", examples.COUNTS),
    errors=(*QUERIED, *IN_PROGRAM),
)
_TABLE = table_of(PARAMETERS)


class CountsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Counts as asked for: of the messages of which walk, and by what."""

    walk: PageRequest
    by: Period


class Counts:
    """The counts of a program."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._rules = settings.walk_rules

    async def get(self, call: Call) -> Answer:
        """The counts that a call asks for; its window is that of a walk which begins now."""
        credential = await authenticate(call, self._store, Scope.EXPORT)
        program = await program_of(call, self._store, credential)
        request = parse_counts_request(call.scope["query_string"])
        walk = begin(request.walk, program.id, instant.now(), self._rules)
        counts = await self._store.counts(CountsQuery.of(walk, request.by))
        # A year by hour is tens of thousands of them.
        return await asyncio.to_thread(_answer, program, counts)


def parse_counts_request(query: bytes) -> CountsRequest:
    """The parameters of counts.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    values = read(query, _TABLE, _check)
    by = values.pop("by", "day")
    return CountsRequest(walk=PageRequest(**values), by=by)


def _answer(program: Program, counts: list[Count]) -> Answer:
    data = {
        "campaignName": program.campaign,
        "programName": program.name,
        "programType": program.type,
        "counts": [_to_dict(count) for count in counts],
    }
    return Answer(body=data_envelope(data))


def _to_dict(count: Count) -> dict[str, object]:
    assert count.start is not None  # noqa: S101 (it was counted by periods)
    return {
        "period": instant.render_seconds(count.start),
        "type": count.type,
        "deliveryStatus": count.delivery_status,
        "messages": count.messages,
        "segments": count.segments,
        "segmentsUnknown": count.messages - count.segmented,
    }


def _check(values: Values) -> list[Problem]:
    return window_problems(values.get("start"), values.get("end"))

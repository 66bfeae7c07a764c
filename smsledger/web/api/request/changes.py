"""What is asked of the change feed."""

import msgspec

from smsledger.errors import PositionOutdated, Problem
from smsledger.ledger import feed
from smsledger.ledger.feed import HISTORY, MAX_LIMIT, MAX_WAIT, POSITION, OldPosition, Place
from smsledger.ledger.fields import INCLUDABLE
from smsledger.web.api.request import filters
from smsledger.web.api.request.parameter import Parameter, integer
from smsledger.web.api.request.query_string import Values, read, table_of

DEFAULT_LIMIT = 500
_FROM_THE_BEGINNING = "Use a nextToken unchanged, or omit after to read from the beginning."
PARAMETERS = (
    Parameter(
        "after",
        "after",
        feed.decode,
        {"type": "string", "maxLength": feed.MAX_TOKEN},
        "A token as handed out in nextToken or changes, or a position; absent, or 0: from the "
        "beginning.",
        code="invalid_token",
        hint=_FROM_THE_BEGINNING,
    ),
    Parameter(
        "limit",
        "limit",
        integer(1, MAX_LIMIT),
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
        f"Messages in an answer, at most; absent: {DEFAULT_LIMIT}.",
    ),
    Parameter(
        "wait",
        "wait",
        integer(0, MAX_WAIT),
        {"type": "integer", "minimum": 0, "maximum": MAX_WAIT},
        "How many seconds to wait for a change if there is none; absent: 0.",
    ),
    filters.including((*INCLUDABLE, HISTORY, POSITION)),
)
_TABLE = table_of(PARAMETERS)


class ChangesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a page of the feed; `wait` is in seconds."""

    after: Place | None = None
    limit: int = DEFAULT_LIMIT
    wait: int = 0
    include: tuple[str, ...] = ()


def parse_changes_request(query: bytes) -> ChangesRequest:
    """The parameters of a page of the feed.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
        PositionOutdated: `after` is a position of an earlier build.
    """
    values = read(query, _TABLE, _nothing)
    if isinstance(values.get("after"), OldPosition):
        raise PositionOutdated
    return ChangesRequest(**values)


def _nothing(_values: Values) -> list[Problem]:
    return []

"""What is asked of a page."""

from smsledger.errors import Problem
from smsledger.ledger import cursor as cursors
from smsledger.ledger.walk import MAX_OFFSET, MAX_PAGE_SIZE, PageRequest
from smsledger.web.api.request import filters
from smsledger.web.api.request.parameter import Parameter, integer
from smsledger.web.api.request.query_string import Values, split, table_of, values_of

_NEW_WALK = "Use a nextPageUrl unchanged, or begin a new walk without cursor."
PARAMETERS = (
    *filters.WINDOW,
    Parameter(
        "pageSize",
        "page_size",
        integer(1, MAX_PAGE_SIZE),
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE},
        "Messages on a page; absent: 50, or the server's setting.",
    ),
    Parameter(
        "page",
        "page",
        integer(1, None),
        {"type": "integer", "minimum": 1},
        "The page's number, for clients that count pages; follow nextPageUrl instead.",
    ),
    *filters.NARROWING,
    filters.INCLUDE,
    Parameter(
        "cursor",
        "cursor",
        cursors.decode,
        {"type": "string", "maxLength": cursors.MAX_CURSOR},
        "A place in a walk, only as handed out in a nextPageUrl.",
        code="invalid_cursor",
        hint=_NEW_WALK,
    ),
)
_TABLE = table_of(PARAMETERS)


def parse_page_request(query: bytes, default_page_size: int, retention_days: int) -> PageRequest:
    """The parameters of a page; beside a cursor, an absent pageSize stays absent.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """

    def check(values: Values) -> list[Problem]:
        problems = filters.combined(values)
        if "cursor" not in values:
            values.setdefault("page_size", default_page_size)
            problems += _too_deep(values)
        return problems

    given = split(query)
    filters.merge_dates(given, retention_days)
    return PageRequest(**values_of(given, _TABLE, check))


def _too_deep(values: Values) -> list[Problem]:
    offset = (values.get("page", 1) - 1) * values["page_size"]
    if offset <= MAX_OFFSET:
        return []
    return [
        Problem(
            "page_too_deep",
            f"page counts to {MAX_OFFSET} messages only.",
            "page",
            "Follow meta.nextPageUrl instead: its cost does not grow with depth.",
        )
    ]

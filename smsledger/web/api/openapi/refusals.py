"""One instance of every error, by its code: statuses, headers and examples are read off it.

Wherever a function can be made to refuse, it does so here: then what the document shows is what
a caller gets.
"""

from collections.abc import Callable, Iterator
from functools import partial

from smsledger.errors import (
    BodyTooLarge,
    InternalError,
    InvalidRequest,
    LedgerError,
    LedgerRestored,
    MethodNotAllowed,
    NotFound,
    PositionOverflow,
    Problem,
    ProgramInactive,
    ProgramNotFound,
    ScopeMissing,
    ShortCodeNotFound,
    StoreDamaged,
    TokenExpired,
    TooManyRows,
    Unauthorized,
    Unavailable,
    UnroutedFull,
    UnsupportedMediaType,
    UriTooLong,
)
from smsledger.intake import ingest
from smsledger.web.api.changes import parse_changes_request
from smsledger.web.api.ingest import MEDIA_TYPES
from smsledger.web.api.openapi.examples import PROGRAM, SHORT_CODE
from smsledger.web.api.pages import parse_page_request
from smsledger.web.api.request.query_string import MAX_QUERY
from smsledger.web.auth import program_id_of
from smsledger.web.call import MAX_BODY, Scope
from smsledger.web.front import check_headers

_QUERIES = (
    b"startDate=yesterday",
    b"messagetype=MO",
    b"page=1&page=2",
    b"cursor=abc",
    b"page=1000000",
)


def refusals() -> dict[str, LedgerError]:
    """Every error, by the code of its first problem."""
    return {error.problems[0].code: error for error in _all()}


def _all() -> Iterator[LedgerError]:
    for query in _QUERIES:
        yield _raised(partial(parse_page_request, query, 50, 365))
    yield InvalidRequest(
        Problem(
            "walk_expired",
            "The cursor is older than 24 hours.",
            "cursor",
            "Begin a new walk, from its first page.",
        )
    )
    yield _raised(partial(parse_changes_request, b"after=abc"))
    yield PositionOverflow()
    yield _raised(partial(program_id_of, "summer-sale"))
    yield _raised(partial(ingest.rows_of, b"hello"))
    yield _raised(partial(check_headers, _scope((b"host", b""), (b"host", b""))))
    yield _raised(partial(check_headers, _scope()))
    yield Unauthorized()
    yield ScopeMissing("ingest")
    yield NotFound()
    yield ProgramNotFound(PROGRAM)
    yield ShortCodeNotFound(SHORT_CODE)
    yield MethodNotAllowed("GET, HEAD, POST")
    yield LedgerRestored()
    yield ProgramInactive(PROGRAM)
    yield TokenExpired()
    yield BodyTooLarge(MAX_BODY)
    yield TooManyRows(ingest.MAX_ROWS)
    yield UriTooLong(MAX_QUERY)
    yield UnsupportedMediaType(b", ".join(MEDIA_TYPES).decode())
    yield InternalError("5f0c1e7a92bd")
    yield StoreDamaged()
    yield UnroutedFull(100_000)
    yield Unavailable.store()
    yield Unavailable.draining()


def _scope(*headers: tuple[bytes, bytes]) -> Scope:
    return {"headers": headers, "http_version": "1.1"}


def _raised(refusing: Callable[[], object]) -> LedgerError:
    try:
        refusing()
    except LedgerError as error:
        return error
    raise AssertionError("an example of an error is none")

"""What the document says of what goes out: pages, whole exports, the change feed, counts."""

from typing import Any

from smsledger.formats import FORMATS, Format
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import BASIC, IN_PROGRAM, Operation, referred
from smsledger.web.api.openapi.responses import json_content, refused, succeeded
from smsledger.web.api.request import changes, counts, exports, pages
from smsledger.web.api.request.parameter import Parameter

_PATH = "/api/messages/program/{programId}"
_READ = (
    "invalid_parameter",
    "unknown_parameter",
    "repeated_parameter",
    "uri_too_long",
    *IN_PROGRAM,
)
_ASKED = ("ledger_restored", *_READ)
_WALKED = ("invalid_cursor", "walk_expired", *_ASKED)
# The feed can include more than pages can, so its parameter is another one.
_RENAMED = {("exportChanges", "include"): "includeInChanges"}


def operations() -> list[Operation]:
    """The operations that give messages out."""
    return [_page(), _whole(), _changes(), _counts()]


def parameters() -> dict[str, Any]:
    """components.parameters, from the tables that parse them."""
    tables = {
        "exportMessages": pages,
        "exportAllMessages": exports,
        "exportChanges": changes,
        "countMessages": counts,
    }
    return {
        _key(operation, each): _told(each)
        for operation, table in tables.items()
        for each in table.PARAMETERS
    }


def _key(operation: str, parameter: Parameter) -> str:
    return _RENAMED.get((operation, parameter.name), parameter.name)


def _told(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _referred(operation: str, table: tuple[Parameter, ...]) -> list[dict[str, Any]]:
    return referred("programId", *(_key(operation, each) for each in table))


def _page() -> Operation:
    page = json_content("Page", examples.PAGE)
    return Operation(
        path=_PATH,
        method="get",
        id="exportMessages",
        tag="Export",
        summary="Export a page of messages",
        description=(
            "One page of a program's messages, in order of date. Follow `meta.nextPageUrl` as it "
            "is until it is null: such a walk has each message that the ledger held when its "
            "first page was served, exactly once. Needs the scope `export`."
        ),
        security=BASIC,
        parameters=_referred("exportMessages", pages.PARAMETERS),
        answers={
            **succeeded("A page.", page, ("X-Request-Id", "Link")),
            **refused(("page_too_deep", *_WALKED)),
        },
    )


def _whole() -> Operation:
    content = {each.media_type.partition(";")[0]: {"schema": _schema(each)} for each in FORMATS}
    return Operation(
        path=f"{_PATH}/export",
        method="get",
        id="exportAllMessages",
        tag="Export",
        summary="Export all messages in one answer",
        description=(
            "A whole walk in one answer, in the form that `format` or `Accept` asks for. If it "
            "fails midway, the connection breaks: an answer that ends is complete. "
            "Needs the scope `export`."
        ),
        security=BASIC,
        parameters=_referred("exportAllMessages", exports.PARAMETERS),
        answers={
            **succeeded("All messages.", content, ("X-Request-Id", "Content-Disposition")),
            **refused(_WALKED),
        },
    )


def _schema(form: Format) -> dict[str, Any]:
    # What is compressed already is no text.
    return {"type": "string"} if form.gzip else {"type": "string", "format": "binary"}


def _changes() -> Operation:
    content = json_content("ChangesPage", examples.CHANGES)
    return Operation(
        path=f"{_PATH}/changes",
        method="get",
        id="exportChanges",
        tag="Export",
        summary="Export what changed",
        description=(
            "Each message that was added, changed or erased since a token, once, in its latest "
            "state, in the order of `change`. Keep `meta.nextToken` with the data and ask with it "
            "next time. Follow `meta.nextPageUrl` until it is null: then all has been read. "
            "Needs the scope `export`."
        ),
        security=BASIC,
        parameters=_referred("exportChanges", changes.PARAMETERS),
        answers={
            **succeeded("Changes.", content, ("X-Request-Id", "Link")),
            **refused(("invalid_token", "position_overflow", "token_expired", *_ASKED)),
        },
    )


def _counts() -> Operation:
    return Operation(
        path=f"{_PATH}/counts",
        method="get",
        id="countMessages",
        tag="Export",
        summary="Count messages",
        description=(
            "Messages and segments per type and delivery status in each day or hour of a window: "
            "exactly those that an export of the window has. Hours and days without messages are "
            "left out. Needs the scope `export`."
        ),
        security=BASIC,
        parameters=_referred("countMessages", counts.PARAMETERS),
        answers={
            **succeeded("The counts.", json_content("Counts", examples.COUNTS)),
            **refused(_READ),
        },
    )

"""What the document says of a program's messages: export, ingest."""

from typing import Any

import msgspec

from smsledger.parameters import PARAMETERS
from smsledger.web.ingest import MEDIA_TYPES
from smsledger.web.openapi import examples
from smsledger.web.openapi.operation import BASIC, GUARDED, Operation
from smsledger.web.openapi.responses import json_content, refused, succeeded
from smsledger.web.openapi.schemas import reference

_PATH = "/api/messages/program/{programId}"
_IN_PROGRAM = ("invalid_path", "program_not_found", "not_found", *GUARDED)
_POSTED = (
    "invalid_body",
    "body_too_large",
    "too_many_rows",
    "unsupported_media_type",
    *_IN_PROGRAM,
)
_ASKED = (
    "invalid_parameter",
    "unknown_parameter",
    "repeated_parameter",
    "invalid_cursor",
    "walk_expired",
    "page_too_deep",
    "ledger_restored",
    "uri_too_long",
    *_IN_PROGRAM,
)


def operations() -> list[Operation]:
    """The operations on a program."""
    return [_export(), _messages(), _receipts()]


def parameters() -> dict[str, Any]:
    """components.parameters: the program, and the filters from the table that parses them."""
    program = {
        "name": "programId",
        "in": "path",
        "required": True,
        "description": "The program's number.",
        "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 10**18 - 1},
        "example": examples.PROGRAM,
    }
    filters = {
        each.name: {
            "name": each.name,
            "in": "query",
            "description": each.description,
            "schema": each.schema,
        }
        for each in PARAMETERS
    }
    return {"programId": program, **filters}


def _export() -> Operation:
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
        parameters=_referred("programId", *(each.name for each in PARAMETERS)),
        answers={**succeeded("A page.", page, ("X-Request-Id", "Link")), **refused(_ASKED)},
    )


def _messages() -> Operation:
    return Operation(
        path=_PATH,
        method="post",
        id="ingestMessages",
        tag="Ingest",
        summary="Ingest messages",
        description=(
            "Stores messages; after a 200 the accepted ones are durable. Sending one again does "
            "no harm: the same `id` with the same content is a duplicate. A bad row is rejected "
            "alone, in the report. Needs the scope `ingest`."
        ),
        security=BASIC,
        parameters=_referred("programId"),
        body=_rows("MessageRow", examples.MESSAGES),
        answers={**_report(), **refused((*_POSTED, "program_inactive"))},
    )


def _receipts() -> Operation:
    return Operation(
        path=f"{_PATH}/receipts",
        method="post",
        id="ingestReceipts",
        tag="Ingest",
        summary="Ingest receipts",
        description=(
            "Stores what gateways said of messages later. A receipt that comes before its message "
            "waits for it. Needs the scope `ingest`."
        ),
        security=BASIC,
        parameters=_referred("programId"),
        body=_rows("ReceiptRow", examples.RECEIPTS),
        answers={**_report(), **refused(_POSTED)},
    )


def _referred(*names: str) -> list[dict[str, Any]]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _report() -> dict[str, Any]:
    return succeeded("What became of the rows.", json_content("Report", examples.REPORT))


def _rows(schema: str, example: list[dict[str, Any]]) -> dict[str, Any]:
    """A body of rows: an array of them, one alone, or one a line."""
    row = reference(schema)
    array = {"schema": {"anyOf": [{"type": "array", "items": row}, row]}, "example": example}
    text = "".join(msgspec.json.encode(each).decode() + "\n" for each in example)
    lines = {"schema": {"type": "string", "description": "One object a line."}, "example": text}
    first, *others = (name.decode() for name in MEDIA_TYPES)
    return {"required": True, "content": {first: array, **dict.fromkeys(others, lines)}}

"""What the document says of messages and receipts on their way in."""

from typing import Any

import msgspec

from smsledger.web.api.ingest import MEDIA_TYPES
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import BASIC, IN_PROGRAM, Operation, referred
from smsledger.web.api.openapi.responses import json_content, refused, succeeded
from smsledger.web.api.openapi.schemas import reference

_PATH = "/api/messages/program/{programId}"
_POSTED = (
    "invalid_body",
    "body_too_large",
    "too_many_rows",
    "unsupported_media_type",
    *IN_PROGRAM,
)


def operations() -> list[Operation]:
    """The operations that take messages and receipts."""
    return [_messages(), _receipts()]


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
        parameters=referred("programId"),
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
        parameters=referred("programId"),
        body=_rows("ReceiptRow", examples.RECEIPTS),
        answers={**_report(), **refused(_POSTED)},
    )


def _report() -> dict[str, Any]:
    return succeeded("What became of the rows.", json_content("Report", examples.REPORT))


def _rows(schema: str, example: list[dict[str, Any]]) -> dict[str, Any]:
    """A body of rows: an array of them, one alone, or one a line."""
    row = reference(schema)
    array = {"schema": {"anyOf": [{"type": "array", "items": row}, row]}, "example": example}
    text = "".join(msgspec.json.encode(each).decode() + "\n" for each in example)
    schema_of_lines = {"type": "string", "minLength": 1, "description": "One object a line."}
    lines = {"schema": schema_of_lines, "example": text}
    first, *others = (name.decode() for name in MEDIA_TYPES)
    return {"required": True, "content": {first: array, **dict.fromkeys(others, lines)}}

"""POST messages and receipts: JSON or NDJSON in, a report out."""

from functools import partial
from typing import Any

import msgspec

from smsledger.intake import ingest, rows
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web import metrics
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import (
    IN_PROGRAM,
    PROGRAM_ID,
    PROGRAM_PATH,
    Operation,
    json_content,
    reference,
)
from smsledger.web.auth import authenticate, program_of
from smsledger.web.call import Answer, Call, data_envelope

MEDIA_TYPES = (
    b"application/json",
    b"application/x-ndjson",
    b"application/ndjson",
    b"application/jsonl",
    b"text/plain",
)


_ERRORS = (
    "invalid_body",
    "body_too_large",
    "too_many_rows",
    "unsupported_media_type",
    *IN_PROGRAM,
)


def _rows(schema: str, example: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a body of rows: an array of them, one alone, or one a line."""
    row = reference(schema)
    array = {"schema": {"anyOf": [{"type": "array", "items": row}, row]}, "example": example}
    text = "".join(msgspec.json.encode(row).decode() + "\n" for row in example)
    schema_of_lines = {"type": "string", "minLength": 1, "description": "One object a line."}
    lines = {"schema": schema_of_lines, "example": text}
    first, *others = (name.decode() for name in MEDIA_TYPES)
    return {"required": True, "content": {first: array, **dict.fromkeys(others, lines)}}


MESSAGES = Operation(
    path=PROGRAM_PATH,
    method="post",
    id="ingestMessages",
    tag="Ingest",
    summary="Ingest messages",
    description=(
        "Stores messages; after a 200 the accepted ones are durable. Sending one again does "
        "no harm: the same `id` with the same content is a duplicate. A bad row is rejected "
        "alone, in the report. Needs the scope `ingest`."
    ),
    path_parameter=PROGRAM_ID,
    body=_rows("MessageRow", examples.MESSAGES),
    success="What became of the rows.",
    content=json_content("Report", examples.REPORT),
    errors=(*_ERRORS, "program_inactive"),
)
RECEIPTS = Operation(
    path=f"{PROGRAM_PATH}/receipts",
    method="post",
    id="ingestReceipts",
    tag="Ingest",
    summary="Ingest receipts",
    description=(
        "Stores what gateways said of messages later. A receipt that comes before its message "
        "waits for it. Needs the scope `ingest`."
    ),
    path_parameter=PROGRAM_ID,
    body=_rows("ReceiptRow", examples.RECEIPTS),
    success="What became of the rows.",
    content=json_content("Report", examples.REPORT),
    errors=_ERRORS,
)


class Ingest:
    """The ingest operations of a program."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def messages(self, call: Call) -> Answer:
        """POST /api/messages/program/{programId}."""
        credential, program_id = await self._asked(call)
        bounds = self._bounds()
        checked = ingest.checked(await call.body(), partial(rows.message, bounds=bounds))
        report = await ingest.messages(
            self._store, program_id, checked, any_code=not credential.programs
        )
        metrics.count_messages(report)
        return Answer(body=data_envelope(report.data()))

    async def receipts(self, call: Call) -> Answer:
        """POST /api/messages/program/{programId}/receipts."""
        _, program_id = await self._asked(call)
        bounds = self._bounds()
        checked = ingest.checked(await call.body(), partial(rows.receipt, bounds=bounds))
        report = await ingest.receipts(self._store, program_id, checked)
        metrics.count_receipts(report)
        return Answer(body=data_envelope(report.data()))

    async def _asked(self, call: Call) -> tuple[Credential, int]:
        """Who calls, and for which program."""
        credential = await authenticate(call, self._store, Scope.INGEST)
        program = await program_of(call, self._store, credential)
        call.require_media_type(*MEDIA_TYPES)
        return credential, program.id

    def _bounds(self) -> rows.DateBounds:
        return rows.DateBounds.at(instant.now(), self._settings.retention_days)

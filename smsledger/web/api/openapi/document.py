"""The whole document, and the handler that serves it."""

from typing import Any

import msgspec

import smsledger
from smsledger.settings import Settings
from smsledger.web.api import (
    changes,
    counts,
    exports,
    gateways,
    health,
    ingest,
    opt_outs,
    pages,
)
from smsledger.web.api.openapi.operation import NONE, SERVED, Operation
from smsledger.web.api.openapi.responses import error_examples, headers, responses_of
from smsledger.web.api.openapi.schemas import schemas
from smsledger.web.call import Answer, Call, Origin

_ABOUT = """\
A ledger of SMS messages. Gateways hand it every message and every receipt; this API gives them
out again, page by page, each exactly once.

* Dates are GMT and have no zone, so they are described by a pattern and not as `date-time`.
* Every error has the same envelope: `data` is null, `meta.generalErrors` says all that is wrong.
* HEAD answers as GET does, without a body, wherever a GET does not write.
* A plain `X-Request-Id` is kept and sent back. gzip is used where it is accepted.
"""
_TAGS = {
    "Export": "Messages out.",
    "Ingest": "Messages and receipts in.",
    "Gateways": "What SMS gateways call themselves.",
    "Operations": "What operators and their machines ask.",
}
OPERATION = Operation(
    path="/openapi.json",
    id="getOpenApi",
    tag="Operations",
    summary="Read this document",
    description="An OpenAPI 3.1 document; `servers` is this server as the caller sees it.",
    security=NONE,
    success="The document.",
    content={
        "application/json": {
            "schema": {"type": "object", "required": ["openapi", "info", "servers", "paths"]}
        }
    },
    errors=SERVED,
)
OPERATIONS = (
    *(pages.OPERATION, exports.OPERATION, changes.OPERATION, counts.OPERATION, opt_outs.OPERATION),
    *(ingest.MESSAGES, ingest.RECEIPTS),
    *gateways.OPERATIONS,
    *health.OPERATIONS,
    OPERATION,
)


class OpenApi:
    """GET /openapi.json."""

    def __init__(self, settings: Settings) -> None:
        self._origin = Origin(settings)
        self._document = document()

    async def get(self, call: Call) -> Answer:
        """The document, with the server as the caller sees it."""
        servers = [{"url": self._origin.of(call)}]
        return Answer(body=msgspec.json.encode({**self._document, "servers": servers}))


def document() -> dict[str, Any]:
    """The document; `servers` is the root of wherever it is read from."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "smsledger",
            "version": smsledger.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "parameters": _parameters(),
            "headers": headers(),
            "examples": error_examples(),
            "schemas": schemas(),
        },
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return paths


def _parameters() -> dict[str, Any]:
    return {
        name: parameter
        for operation in OPERATIONS
        for name, parameter in operation.parameters().items()
    }


def _operation(operation: Operation) -> dict[str, Any]:
    """Return the Operation Object of the document."""
    names = operation.parameters()
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    optional = {"parameters": [*shared, *operation.inline], "requestBody": operation.body}
    return {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": list(operation.security),
        **{key: value for key, value in optional.items() if value},
        "responses": responses_of(operation),
    }

"""The whole document, and the handler that serves it."""

from typing import Any

import msgspec

import smsledger
from smsledger.settings import Settings
from smsledger.web.api.openapi import examples, exports, gateways, ingest, operations, opt_outs
from smsledger.web.api.openapi.operation import Operation
from smsledger.web.api.openapi.responses import error_examples, headers
from smsledger.web.api.openapi.schemas import schemas
from smsledger.web.call import Answer, Call
from smsledger.web.origin import Origin

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
_PROGRAM_ID = {
    "name": "programId",
    "in": "path",
    "required": True,
    "description": "The program's number.",
    "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 10**18 - 1},
    "example": examples.PROGRAM,
}


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
    every = [
        *exports.operations(),
        *opt_outs.operations(),
        *ingest.operations(),
        *gateways.operations(),
        *operations.operations(),
    ]
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
        "paths": _paths(every),
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "parameters": {
                "programId": _PROGRAM_ID,
                **exports.parameters(),
                **opt_outs.parameters(),
            },
            "headers": headers(),
            "examples": error_examples(),
            "schemas": schemas(),
        },
    }


def _paths(every: list[Operation]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in every:
        paths.setdefault(operation.path, {})[operation.method] = operation.told()
    return paths

"""What the document says of what operators ask: health, readiness, metrics, and of itself."""

from typing import Any

from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import ALWAYS, EITHER, GUARDED, NONE, SERVED, Operation
from smsledger.web.api.openapi.responses import json_content, refused, succeeded

_TAG = "Operations"


def operations() -> list[Operation]:
    """/healthz, /readyz, /metrics, /openapi.json."""
    return [_health(), _ready(), _metrics(), _document()]


def _health() -> Operation:
    return Operation(
        path="/healthz",
        method="get",
        id="getHealth",
        tag=_TAG,
        summary="Is the process alive",
        description="Answers as long as the process does.",
        security=NONE,
        answers={
            **succeeded("It is.", json_content("Status", examples.status("ok"))),
            **refused(ALWAYS),
        },
    )


def _ready() -> Operation:
    return Operation(
        path="/readyz",
        method="get",
        id="getReadiness",
        tag=_TAG,
        summary="Is the server ready for requests",
        description="The store is reachable, migrated and sound, and the server is not stopping.",
        security=NONE,
        answers={
            **succeeded("It is.", json_content("Status", examples.status("ready"))),
            **_unready(refused((*SERVED, "store_unavailable"))),
        },
    )


def _unready(answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers with a damaged store among those of 503, without `Retry-After`."""
    answer = answers["503"]
    del answer["headers"]["Retry-After"]
    content = answer["content"]["application/json"]
    content["examples"]["store_damaged"] = {"$ref": "#/components/examples/store_damaged"}
    answer["description"] = "The store cannot be reached or is damaged, or the server is stopping."
    return answers


def _metrics() -> Operation:
    return Operation(
        path="/metrics",
        method="get",
        id="getMetrics",
        tag=_TAG,
        summary="Read the metrics",
        description=(
            "Prometheus text. Open to all when the server listens on loopback; else it needs the "
            "scope `report`."
        ),
        security=EITHER,
        answers={
            **succeeded("The metrics.", {"text/plain": {"schema": {"type": "string"}}}),
            **refused(GUARDED),
        },
    )


def _document() -> Operation:
    content = {
        "application/json": {
            "schema": {"type": "object", "required": ["openapi", "info", "servers", "paths"]}
        }
    }
    return Operation(
        path="/openapi.json",
        method="get",
        id="getOpenApi",
        tag=_TAG,
        summary="Read this document",
        description="An OpenAPI 3.1 document; `servers` is this server as the caller sees it.",
        security=NONE,
        answers={**succeeded("The document.", content), **refused(SERVED)},
    )

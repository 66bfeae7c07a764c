"""What schemathesis does not know by itself: how lines are sent, and that codes are documented."""

from typing import Any
from urllib.parse import urlencode

import schemathesis

from smsledger.web.api.openapi.fields import REJECTIONS

LONGEST = 60_000  # bytes; from 65,534 on the HTTP server refuses a URL
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")


@schemathesis.hook
def filter_query(_context: schemathesis.HookContext, query: dict[str, object] | None) -> bool:
    """Leave out URLs that the HTTP server refuses by itself, by a 414 without a body."""
    return len(urlencode(query or {}, doseq=True)) < LONGEST


@schemathesis.serializer(*LINES)
def lines(ctx: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode("utf-8", "replace")


@schemathesis.check
def every_code_is_documented(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    if response.status_code < 400 or _is_of_the_http_server(response):
        return
    answers = case.operation.definition.raw["responses"]
    told = answers[str(response.status_code)]["content"]["application/json"]["examples"]
    codes = {problem["code"] for problem in response.json()["meta"]["generalErrors"]}
    assert codes <= set(told), f"{codes - set(told)} not documented for {response.status_code}"


@schemathesis.check
def every_reason_of_a_rejection_is_documented(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    if "Ingest" in (case.operation.tags or ()) and response.status_code == 200:
        rejections = response.json()["data"]["rejections"]
        assert {rejection["code"] for rejection in rejections} <= set(REJECTIONS)


def _is_of_the_http_server(response: schemathesis.Response) -> bool:
    """Whether it found the request oversize before any route was looked for."""
    return response.status_code == 414 and not response.text

"""What schemathesis does not know by itself: how lines are sent, and that codes are documented."""

import schemathesis

from smsledger.web.openapi.fields import REJECTIONS

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")


@schemathesis.serializer(*LINES)
def lines(ctx: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode("utf-8", "replace")


@schemathesis.check
def every_code_is_documented(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    if response.status_code < 400 or _is_of_the_http_server(response):
        return
    answers = case.operation.definition.raw["responses"]
    told = answers[str(response.status_code)]["content"]["application/json"]["examples"]
    codes = {problem["code"] for problem in response.json()["meta"]["generalErrors"]}
    assert codes <= set(told), f"{codes - set(told)} not documented for {response.status_code}"


@schemathesis.check
def every_reason_of_a_rejection_is_documented(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    if "Ingest" in (case.operation.tags or ()) and response.status_code == 200:
        rejections = response.json()["data"]["rejections"]
        assert {rejection["code"] for rejection in rejections} <= set(REJECTIONS)


def _is_of_the_http_server(response: schemathesis.Response) -> bool:
    """Whether it found the request oversize before any route was looked for."""
    return response.status_code == 414 and not response.text

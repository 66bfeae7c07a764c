"""Answers as the document tells them: what succeeded, and every refusal by status and code."""

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from smsledger.errors import LedgerError
from smsledger.web.api.openapi.refusals import refusals
from smsledger.web.api.openapi.schemas import reference
from smsledger.web.call import error_answer

Answers = dict[str, Any]

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "The request's X-Request-Id where it had a plain one, else a new one.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Link": {
        "description": 'The next page, as `<URL>; rel="next"`; not there on the last.',
        "schema": {"type": "string"},
    },
    "Content-Disposition": {
        "description": "A name for the file.",
        "required": True,
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate.",
        "required": True,
        "schema": {"type": "string", "pattern": "^Basic "},
    },
    "Allow": {
        "description": "The methods that this address answers.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
}
# hyper, below granian, sends this itself: a longer URL never reaches the application.
_BARE_414 = "For a URL longer than 65,534 bytes, the response is sent without a body."


def succeeded(
    description: str, content: dict[str, Any], headers: Iterable[str] = ("X-Request-Id",)
) -> Answers:
    """The answer of status 200, with its content by media type."""
    return {"200": _response(description, content, headers)}


def json_content(schema: str, example: object) -> dict[str, Any]:
    """JSON content of a schema in the components, with an example."""
    return {"application/json": {"schema": reference(schema), "example": example}}


def refused(codes: Iterable[str]) -> Answers:
    """The answers of the errors with these codes, by status."""
    by_status: dict[int, dict[str, LedgerError]] = {}
    every = refusals()
    for code in codes:
        by_status.setdefault(every[code].status, {})[code] = every[code]
    return {str(status): _refusal(by_status[status]) for status in sorted(by_status)}


def with_bare_414(answers: Answers) -> Answers:
    """Return the answers with the 414 that the HTTP server itself sends for a long URL."""
    known = answers.get("414", {"description": ""})
    told = {**known, "description": f"{known['description']} {_BARE_414}".strip()}
    return {**answers, "414": told}


def error_examples() -> dict[str, Any]:
    """components.examples: the whole answer of each error, by its code."""
    return {code: _example(error) for code, error in sorted(refusals().items())}


def headers() -> dict[str, Any]:
    """components.headers."""
    return HEADERS


def _refusal(errors: dict[str, LedgerError]) -> dict[str, Any]:
    kinds = dict.fromkeys(inspect.getdoc(type(error)) or "" for error in errors.values())
    shown = {code: {"$ref": f"#/components/examples/{code}"} for code in errors}
    content = {"application/json": {"schema": reference("ErrorEnvelope"), "examples": shown}}
    description = f"{' '.join(kinds)} Codes: {', '.join(f'`{code}`' for code in errors)}."
    return _response(description, content, ["X-Request-Id", *_headers_of(errors.values())])


def _headers_of(errors: Iterable[LedgerError]) -> list[str]:
    sent = {name.decode() for error in errors for name, _ in error.headers}
    return [name for name in HEADERS if name.lower() in sent]


def _response(description: str, content: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    told = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"description": description, "headers": told, "content": content}


def _example(error: LedgerError) -> dict[str, Any]:
    value = msgspec.json.decode(error_answer(error).body)
    return {"summary": error.problems[0].message, "value": value}

"""Answers as the document tells them: what succeeded, and every refusal by status and code."""

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from smsledger.errors import LedgerError
from smsledger.web.api.openapi.operation import Operation, Responses, reference
from smsledger.web.api.openapi.refusals import refusals
from smsledger.web.call import error_answer

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


def responses_of(operation: Operation) -> Responses:
    """Return the responses of an operation by status: the one of 200, and those of its errors."""
    success = _response(operation.success, operation.content, operation.headers)
    responses = {"200": success, **_refused(operation.errors)}
    return _with_bare_414(operation.adjust(responses) if operation.adjust else responses)


def _refused(codes: Iterable[str]) -> Responses:
    """Return the responses of the errors with these codes, by status."""
    by_status: dict[int, dict[str, LedgerError]] = {}
    errors = refusals()
    for code in codes:
        by_status.setdefault(errors[code].status, {})[code] = errors[code]
    return {str(status): _refusal(by_status[status]) for status in sorted(by_status)}


def _with_bare_414(responses: Responses) -> Responses:
    """Return the responses with the 414 that the HTTP server itself sends for a long URL."""
    known = responses.get("414", {"description": ""})
    described = f"{known['description']} {_BARE_414}".strip()
    return {**responses, "414": {**known, "description": described}}


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
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"description": description, "headers": headers, "content": content}


def _example(error: LedgerError) -> dict[str, Any]:
    value = msgspec.json.decode(error_answer(error).body)
    return {"summary": error.problems[0].message, "value": value}

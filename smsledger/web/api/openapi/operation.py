"""Facts about an operation, as /openapi.json documents it; they stand beside its resource.

They are data: what the codes of errors mean is read off the errors by `responses.py`.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from smsledger.web.api.openapi import examples
from smsledger.web.api.request.query_string import Parameter

Responses = dict[str, Any]
Security = tuple[dict[str, list[str]], ...]

BASIC: Security = ({"basic": []},)
NONE: Security = ()
EITHER: Security = (*BASIC, {})

# Codes of errors. 405 is no answer of an operation, strictly, but of its address.
ALWAYS = ("repeated_header", "missing_header", "method_not_allowed", "internal_error")
SERVED = (*ALWAYS, "draining")
STORED = ("store_damaged", "store_unavailable")
GUARDED = ("unauthorized", "scope_missing", *SERVED, *STORED)
IN_PROGRAM = ("invalid_path", "program_not_found", "not_found", *GUARDED)
QUERIED = ("invalid_parameter", "unknown_parameter", "repeated_parameter", "uri_too_long")
WALKED = ("invalid_cursor", "walk_expired", "ledger_restored", *QUERIED, *IN_PROGRAM)

PROGRAM_PATH = "/api/messages/program/{programId}"
PROGRAM_ID = {
    "name": "programId",
    "in": "path",
    "required": True,
    "description": "The program's number.",
    "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 10**18 - 1},
    "example": examples.PROGRAM,
}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path: what it is called, what it takes, what it answers.

    `id` is the name of the function in generated clients; it does not change. `content` is that of
    the response with status 200, by media type; `errors` are the codes of all others, whose
    responses `adjust` may change. `path_parameter` is a Parameter Object. `query` is the table
    that parses the query; `components` names those of its parameters that differ from another
    operation's of the same name. `inline` has Parameter Objects of this operation alone.
    """

    path: str
    method: str = "get"
    id: str
    tag: str
    summary: str
    description: str
    security: Security = BASIC
    path_parameter: dict[str, Any] | None = None
    query: tuple[Parameter, ...] = ()
    components: dict[str, str] = {}
    inline: list[dict[str, Any]] = []
    body: dict[str, Any] | None = None
    success: str
    content: dict[str, Any]
    headers: tuple[str, ...] = ("X-Request-Id",)
    errors: tuple[str, ...]
    adjust: Callable[[Responses], Responses] | None = None

    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return what the operation adds to components.parameters, by name."""
        place = self.path_parameter
        found = {} if place is None else {place["name"]: place}
        for parameter in self.query:
            found[self.components.get(parameter.name, parameter.name)] = {
                "name": parameter.name,
                "in": "query",
                "description": parameter.description,
                "schema": parameter.schema,
            }
        return found


def reference(schema: str) -> dict[str, str]:
    """Return a reference to a schema in the components."""
    return {"$ref": f"#/components/schemas/{schema}"}


def json_content(schema: str, example: object) -> dict[str, Any]:
    """Return JSON content of a schema in the components, with an example."""
    return {"application/json": {"schema": reference(schema), "example": example}}

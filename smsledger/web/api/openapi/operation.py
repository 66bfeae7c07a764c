"""What the document says of one operation, and what operations have in common."""

from typing import Any

import msgspec

from smsledger.web.api.openapi.responses import with_bare_414

Security = list[dict[str, list[str]]]

BASIC: Security = [{"basic": []}]
NONE: Security = []
EITHER: Security = [*BASIC, {}]

# Codes of errors. 405 is no answer of an operation, strictly, but of its address.
ALWAYS = ("repeated_header", "missing_header", "method_not_allowed", "internal_error")
SERVED = (*ALWAYS, "draining")
STORED = ("store_damaged", "store_unavailable")
GUARDED = ("unauthorized", "scope_missing", *SERVED, *STORED)
IN_PROGRAM = ("invalid_path", "program_not_found", "not_found", *GUARDED)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation: where it is, what it is called, what it takes, what it answers.

    `id` is what generated clients call their function; it does not change.
    """

    path: str
    method: str
    id: str
    tag: str
    summary: str
    description: str
    security: Security
    answers: dict[str, Any]
    parameters: list[dict[str, Any]] = []
    body: dict[str, Any] | None = None

    def told(self) -> dict[str, Any]:
        """The Operation Object of the document."""
        optional = {"parameters": self.parameters, "requestBody": self.body}
        return {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "security": self.security,
            **{key: value for key, value in optional.items() if value},
            "responses": with_bare_414(self.answers),
        }


def referred(*names: str) -> list[dict[str, Any]]:
    """References to parameters in the components."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]

"""What the document says of opt-outs."""

from typing import Any

from smsledger.formats import by_name
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import BASIC, GUARDED, Operation, referred
from smsledger.web.api.openapi.responses import refused, succeeded
from smsledger.web.api.request.opt_outs import FORMATS, PARAMETERS, SHORT_CODE_PATTERN

_SHORT_CODE = {
    "name": "shortCode",
    "in": "path",
    "required": True,
    "description": "The number that handsets write to.",
    "schema": {"type": "string", "pattern": f"^{SHORT_CODE_PATTERN}$"},
    "example": examples.SHORT_CODE,
}
_CODES = (
    "invalid_path",
    "short_code_not_found",
    "not_found",
    "invalid_parameter",
    "unknown_parameter",
    "repeated_parameter",
    "uri_too_long",
    *GUARDED,
)


def operations() -> list[Operation]:
    """The operation that gives opt-outs out."""
    content = {
        by_name(name).media_type.partition(";")[0]: {
            "schema": {"type": "string"},
            "example": examples.OPT_OUTS[name],
        }
        for name in FORMATS
    }
    return [
        Operation(
            path="/api/opt-outs/{shortCode}",
            method="get",
            id="exportOptOuts",
            tag="Export",
            summary="Export who has opted out of a short code",
            description=(
                "The numbers that have opted out of the short code, for example by STOP, and have "
                "not opted in again, in all programs that the credential may see. Ordered by "
                "number. If the export fails midway, the connection breaks, so a response that "
                "ends is complete. Needs the scope `export`."
            ),
            security=BASIC,
            parameters=referred("shortCode", "optOutsFormat"),
            answers={
                **succeeded("All of them.", content, ("X-Request-Id", "Content-Disposition")),
                **refused(_CODES),
            },
        )
    ]


def parameters() -> dict[str, Any]:
    """components.parameters; the format is another one than that of messages."""
    [form] = PARAMETERS
    told = {
        "name": form.name,
        "in": "query",
        "description": form.description,
        "schema": form.schema,
    }
    return {"shortCode": _SHORT_CODE, "optOutsFormat": told}

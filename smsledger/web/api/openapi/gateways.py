"""What the document says of the URLs that gateways call."""

from typing import Any

from smsledger.web.api.openapi.operation import BASIC, GUARDED, Operation
from smsledger.web.api.openapi.responses import refused, succeeded

_MO = "/api/gateways/kannel/mo"
_RECEIPT = "/api/gateways/kannel/receipt"
_CALLED = ("invalid_body", "body_too_large", *GUARDED)

_PROGRAM = {"program": "The program; without it the short code and the first word decide."}
_MESSAGE = {
    **_PROGRAM,
    "id": "`%I`: Kannel's own, the same when it tries again.",
    "udh": "`%u`: the user data header.",
    "network": "The carrier's name.",
}
_TEXT = {
    "from": "`%p`: the handset.",
    "to": "`%P`: the short code.",
    "text": "`%b`: the message's bytes.",
    "coding": "`%c`: 0 GSM, 1 binary, 2 UCS-2.",
    "charset": "`%C`: which characters the text's bytes are.",
    "time": "`%T`: epoch seconds.",
}
_HEADERS = {
    "X-Kannel-From": _TEXT["from"],
    "X-Kannel-To": _TEXT["to"],
    "X-Kannel-Coding": _TEXT["coding"],
    "X-Kannel-Time": "`YYYY-MM-DD HH:MM:SS`, GMT.",
}
_SAID = {
    "program": "The program of the message.",
    "id": "The identifier under which the sender ingested the message.",
    "each": "`1`: the message was ingested as `ID/number`, once for each recipient.",
    "status": "`%d`: 1 delivered, 2 failed, 4 buffered, 8 sent, 16 rejected.",
    "number": "`%p`: the handset.",
    "text": "`%A`: the whole receipt.",
    "time": "`%T`: epoch seconds.",
    "smsc": "`%i`: over which SMSC.",
    "smsc_id": "`%F`: the SMSC's own name of the message.",
    "network": "The carrier's name.",
}


def operations() -> list[Operation]:
    """Kannel's get-url, post-url and dlr-url."""
    return [
        Operation(
            path=_MO,
            method="get",
            id="receiveKannelMessage",
            tag="Gateways",
            summary="Take a message from Kannel (get-url)",
            description=(
                "An MO. It is never refused for its content: what finds no program waits, "
                "unrouted, for `smsledger route`. Needs the scope `ingest`."
            ),
            security=BASIC,
            parameters=_told("query", {**_MESSAGE, **_TEXT}),
            answers=_acknowledged("unrouted_full"),
        ),
        Operation(
            path=_MO,
            method="post",
            id="receiveKannelMessagePosted",
            tag="Gateways",
            summary="Take a message from Kannel (post-url)",
            description=(
                "The same, with the text as the body and the rest in X-Kannel-* headers. Needs "
                "the scope `ingest`."
            ),
            security=BASIC,
            parameters=[*_told("query", _MESSAGE), *_told("header", _HEADERS)],
            body={"content": dict.fromkeys(("text/plain", "application/octet-stream"), _TEXT_BODY)},
            answers=_acknowledged("unrouted_full"),
        ),
        Operation(
            path=_RECEIPT,
            method="get",
            id="receiveKannelReceipt",
            tag="Gateways",
            summary="Take a receipt from Kannel (dlr-url)",
            description="What became of an MT. Needs the scope `ingest`.",
            security=BASIC,
            parameters=_told("query", _SAID),
            answers=_acknowledged(),
        ),
    ]


_TEXT_BODY: dict[str, Any] = {"schema": {"type": "string"}, "example": "JOIN"}


def _told(place: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    """Optional parameters of any text: gateways drop what is refused, so nothing is."""
    return [
        {"name": name, "in": place, "description": sentence, "schema": {"type": "string"}}
        for name, sentence in parameters.items()
    ]


def _acknowledged(*codes: str) -> dict[str, Any]:
    empty = {"text/plain": {"schema": {"type": "string", "maxLength": 0}}}
    text = "It is in the ledger. The body is empty."
    return {**succeeded(text, empty), **refused((*_CALLED, *codes))}

"""What real gateways call: /api/gateways/{gateway}/…, answered as that gateway expects."""

from functools import partial
from typing import Any

from smsledger.errors import UnroutedFull
from smsledger.intake.gateways import kannel
from smsledger.intake.gateways.arrival import GatewayAnswer, GatewayRequest
from smsledger.intake.ingest import Report
from smsledger.intake.routing import take_message, take_receipt
from smsledger.intake.rows import DateBounds
from smsledger.intake.unrouted_limit import UnroutedLimit
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope, Unrouted
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web import metrics
from smsledger.web.api.openapi.operation import GUARDED, Operation
from smsledger.web.auth import authenticate
from smsledger.web.call import Answer, Call

_PATH = "/api/gateways/kannel"
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
_HEADER_FIELDS = {
    "X-Kannel-From": _TEXT["from"],
    "X-Kannel-To": _TEXT["to"],
    "X-Kannel-Coding": _TEXT["coding"],
    "X-Kannel-Time": "`YYYY-MM-DD HH:MM:SS`, GMT.",
}
_REPORTED = {
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

_TEXT_BODY = {"schema": {"type": "string"}, "example": "JOIN"}
_ACKNOWLEDGED = "It is in the ledger. The body is empty."
_EMPTY = {"text/plain": {"schema": {"type": "string", "maxLength": 0}}}
_ERRORS = ("invalid_body", "body_too_large", *GUARDED)


def _optional(place: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    """Return optional parameters of any text: gateways drop what is refused, so nothing is."""
    return [
        {"name": name, "in": place, "description": sentence, "schema": {"type": "string"}}
        for name, sentence in parameters.items()
    ]


OPERATIONS = (
    Operation(
        path=f"{_PATH}/mo",
        id="receiveKannelMessage",
        tag="Gateways",
        summary="Take a message from Kannel (get-url)",
        description=(
            "An MO. It is never refused for its content: what finds no program waits, "
            "unrouted, for `smsledger route`. Needs the scope `ingest`."
        ),
        inline=_optional("query", {**_MESSAGE, **_TEXT}),
        success=_ACKNOWLEDGED,
        content=_EMPTY,
        errors=(*_ERRORS, "unrouted_full"),
    ),
    Operation(
        path=f"{_PATH}/mo",
        method="post",
        id="receiveKannelMessagePosted",
        tag="Gateways",
        summary="Take a message from Kannel (post-url)",
        description=(
            "The same, with the text as the body and the rest in X-Kannel-* headers. Needs "
            "the scope `ingest`."
        ),
        inline=[*_optional("query", _MESSAGE), *_optional("header", _HEADER_FIELDS)],
        body={"content": dict.fromkeys(("text/plain", "application/octet-stream"), _TEXT_BODY)},
        success=_ACKNOWLEDGED,
        content=_EMPTY,
        errors=(*_ERRORS, "unrouted_full"),
    ),
    Operation(
        path=f"{_PATH}/receipt",
        id="receiveKannelReceipt",
        tag="Gateways",
        summary="Take a receipt from Kannel (dlr-url)",
        description="What became of an MT. Needs the scope `ingest`.",
        inline=_optional("query", _REPORTED),
        success=_ACKNOWLEDGED,
        content=_EMPTY,
        errors=_ERRORS,
    ),
)


class Kannel:
    """Kannel's MO and receipt URLs."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._unrouted = UnroutedLimit(store, settings.unrouted_limit)

    async def message(self, call: Call) -> Answer:
        """GET or POST /api/gateways/kannel/mo: get-url and post-url."""
        credential = await authenticate(call, self._store, Scope.INGEST)
        arrival = kannel.parse_mo(await _request(call))
        bounds = DateBounds.at(instant.now(), self._settings.retention_days)
        keep = partial(self._keep_unrouted, credential)
        outcome = await take_message(self._store, arrival, bounds, credential, keep)
        await self._store.record_mo_contact(arrival.gateway)
        report = Report()
        if outcome is not None:
            report.enter(0, outcome)
        metrics.count_messages(report)
        return _answer(kannel.ACKNOWLEDGEMENT)

    async def _keep_unrouted(self, credential: Credential, message: Unrouted) -> None:
        try:
            await self._unrouted.keep(message, credential)
        except UnroutedFull:
            metrics.UNROUTED_REFUSED.labels(message.gateway).inc()
            raise

    async def receipt(self, call: Call) -> Answer:
        """GET /api/gateways/kannel/receipt: dlr-url."""
        credential = await authenticate(call, self._store, Scope.INGEST)
        program_id, receipt = kannel.parse_receipt(await _request(call))
        outcome = await take_receipt(self._store, program_id, receipt, credential.sees)
        await self._store.record_receipt_contact(receipt.gateway or kannel.GATEWAY)
        report = Report()
        report.enter(0, outcome)
        metrics.count_receipts(report)
        return _answer(kannel.ACKNOWLEDGEMENT)


async def _request(call: Call) -> GatewayRequest:
    return GatewayRequest(
        query=call.scope["query_string"], headers=call.headers, body=await call.body()
    )


def _answer(said: GatewayAnswer) -> Answer:
    return Answer(status=said.status, content_type=said.content_type, body=said.body)

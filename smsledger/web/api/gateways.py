"""What real gateways call: /api/gateways/{gateway}/…, answered as that gateway expects."""

from functools import partial

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
from smsledger.web.auth import authenticate
from smsledger.web.call import Answer, Call


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

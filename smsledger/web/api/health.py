"""/healthz, /readyz, /metrics: liveness check, readiness check and metrics."""

import ipaddress

from smsledger.errors import NotReady, StoreDamaged, Unavailable
from smsledger.ledger import instant
from smsledger.ledger.model import Scope
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web import metrics
from smsledger.web.api.openapi import examples
from smsledger.web.api.openapi.operation import (
    ALWAYS,
    EITHER,
    GUARDED,
    NONE,
    SERVED,
    Operation,
    Responses,
    json_content,
)
from smsledger.web.auth import authenticate
from smsledger.web.call import Answer, Call, data_envelope
from smsledger.web.drain import Drain


def _unready(responses: Responses) -> Responses:
    """Return the responses with a damaged store among those of 503, without `Retry-After`."""
    response = responses["503"]
    del response["headers"]["Retry-After"]
    content = response["content"]["application/json"]
    content["examples"]["store_damaged"] = {"$ref": "#/components/examples/store_damaged"}
    response["description"] = (
        "The store cannot be reached or is damaged, or the server is stopping."
    )
    return responses


OPERATIONS = (
    Operation(
        path="/healthz",
        id="getHealth",
        tag="Operations",
        summary="Is the process alive",
        description="Answers as long as the process does.",
        security=NONE,
        success="It is.",
        content=json_content("Status", examples.status("ok")),
        errors=ALWAYS,
    ),
    Operation(
        path="/readyz",
        id="getReadiness",
        tag="Operations",
        summary="Is the server ready for requests",
        description="The store is reachable, migrated and sound, and the server is not stopping.",
        security=NONE,
        success="It is.",
        content=json_content("Status", examples.status("ready")),
        errors=(*SERVED, "store_unavailable"),
        adjust=_unready,
    ),
    Operation(
        path="/metrics",
        id="getMetrics",
        tag="Operations",
        summary="Read the metrics",
        description=(
            "Prometheus text. Open to all when the server listens on loopback; else it needs the "
            "scope `report`."
        ),
        security=EITHER,
        success="The metrics.",
        content={"text/plain": {"schema": {"type": "string"}}},
        errors=GUARDED,
    ),
)


class Health:
    """Liveness, readiness, metrics."""

    def __init__(self, store: Store, settings: Settings, drain: Drain) -> None:
        self._store = store
        self._drain = drain
        self._unrouted_limit = settings.unrouted_limit
        self._open_metrics = _is_loopback(settings.host)

    async def live(self, _call: Call) -> Answer:
        """The process answers."""
        return _status("ok")

    async def ready(self, _call: Call) -> Answer:
        """The store is reachable, migrated and sound, and the server is not about to stop."""
        if self._drain.begun:
            raise Unavailable.draining()
        try:
            await self._store.epoch()
        except StoreDamaged as error:
            raise NotReady(error.reason) from error
        reason = self._store.damage()
        if reason is not None:
            raise NotReady(reason)
        return _status("ready")

    async def metrics(self, call: Call) -> Answer:
        """Prometheus text; behind a credential with scope report when not on loopback."""
        if not self._open_metrics:
            await authenticate(call, self._store, Scope.REPORT)
        now = instant.now()
        gauges = await self._store.gauges(now)
        damaged = self._store.damage() is not None  # also where a figure was damaged just now
        body = metrics.render(gauges, now, self._unrouted_limit, damaged=damaged)
        return Answer(body=body, content_type=metrics.CONTENT_TYPE)


def _status(word: str) -> Answer:
    return Answer(body=data_envelope({"status": word}))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

import httpx
import pytest

from smsledger.errors import Unavailable
from smsledger.store.store import Store
from tests.application import PAGES, RECEIPTS, application
from tests.making import make_row


async def test_health_is_the_process_s_own(api: httpx.AsyncClient) -> None:
    api.auth = httpx.Auth()
    assert (await api.get("/healthz")).json()["data"] == {"status": "ok"}
    assert (await api.get("/readyz")).json()["data"] == {"status": "ready"}


async def test_readiness_is_the_store_s(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Store) -> None:
        raise Unavailable.store()

    monkeypatch.setattr(type(store), "epoch", away)
    assert (await api.get("/readyz")).status_code == 503
    assert (await api.get("/healthz")).status_code == 200


async def test_metrics_count_outcomes_and_name_no_program_and_no_number(
    api: httpx.AsyncClient,
) -> None:
    await api.post(PAGES, json=[make_row(), make_row(number="SHOP", id="x")])
    await api.post(RECEIPTS, json=[{"id": "later", "deliveryStatus": "Delivered"}])
    await api.get("/api/gateways/kannel/mo", params={"id": "k", "from": "15556667777", "to": "1"})
    text = (await api.get("/metrics")).text
    assert 'smsledger_ingested_messages_total{outcome="rejected"}' in text
    assert 'smsledger_receipts_total{outcome="orphan"}' in text
    assert (
        'smsledger_requests_total{method="POST",route="/api/messages/program/{programId}"' in text
    )
    assert "smsledger_unrouted 1.0" in text
    assert "smsledger_orphan_receipts 1.0" in text
    assert 'smsledger_seconds_since_mo{gateway="kannel"}' in text
    assert "121811" not in text
    assert "15556667777" not in text


async def test_metrics_are_behind_a_credential_unless_on_loopback(
    store: Store, store_url: str
) -> None:
    async with application(store, store_url, host="0.0.0.0") as api:
        assert (await api.get("/metrics")).status_code == 200
        api.auth = httpx.Auth()
        assert (await api.get("/metrics")).status_code == 401

"""A ledger whose disk has damaged a page: said as it is, and nothing is acknowledged any more."""

import httpx
import pytest

from smsledger.store.store import Store
from tests.application import PAGES
from tests.damaging import damage_beside
from tests.making import PROGRAM, make_message, make_row
from tests.web.test_errors import assert_envelope

MANY = 600


@pytest.fixture
async def damaged(
    store: Store,
    store_url: str,
    api: httpx.AsyncClient,
    engine: str,
    request: pytest.FixtureRequest,
) -> httpx.AsyncClient:
    """The application on a ledger with a damaged page among its messages."""
    await store.record_messages(
        PROGRAM, [make_message(id=f"m-{n}", body="x" * 200) for n in range(MANY)]
    )
    cluster = None if engine == "sqlite" else request.getfixturevalue("databases").cluster
    await damage_beside(store_url, "message", cluster)
    return api


async def walk_into(api: httpx.AsyncClient) -> httpx.Response:
    """The answer at which a walk breaks off."""
    answer = await api.get(PAGES, params={"pageSize": 100})
    while answer.status_code == 200:
        answer = await api.get(answer.json()["meta"]["nextPageUrl"])
    return answer


async def test_a_damaged_page_is_an_error_of_its_own_that_waiting_does_not_repair(
    damaged: httpx.AsyncClient,
) -> None:
    answer = await walk_into(damaged)
    assert_envelope(answer, 500, "store_damaged")
    assert "retry-after" not in answer.headers
    assert "smsledger verify" in answer.json()["meta"]["generalErrors"][0]["hint"]


async def test_once_damage_is_seen_nothing_is_acknowledged(damaged: httpx.AsyncClient) -> None:
    await walk_into(damaged)
    assert_envelope(await damaged.post(PAGES, json=[make_row(id="new")]), 500, "store_damaged")
    heard = await damaged.get(
        "/api/gateways/kannel/mo", params={"id": "k", "from": "1555", "to": 1}
    )
    assert heard.status_code == 500


async def test_a_reader_that_meets_damage_makes_the_server_unready_with_a_reason(
    damaged: httpx.AsyncClient,
) -> None:
    assert (await damaged.get("/readyz")).status_code == 200
    await walk_into(damaged)
    answer = await damaged.get("/readyz")
    assert_envelope(answer, 503, "store_damaged")
    reason = answer.json()["meta"]["generalErrors"][0]["message"]
    assert "malformed" in reason or "invalid page" in reason


async def test_damage_is_logged_once_as_critical(
    damaged: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await walk_into(damaged)
    await walk_into(damaged)
    lines = capsys.readouterr()
    assert (lines.out + lines.err).count("store_damaged") == 1


async def test_a_browser_gets_a_page_that_does_not_load_itself_again(
    damaged: httpx.AsyncClient,
) -> None:
    await walk_into(damaged)
    answer = await damaged.get("/readyz", headers={"accept": "text/html"})
    assert "<h1>The ledger is damaged</h1>" in answer.text
    assert "refresh" not in answer.headers


async def test_metrics_of_a_damaged_ledger_say_so_and_have_what_can_be_read(
    store_url: str,
    api: httpx.AsyncClient,
    store: Store,
    engine: str,
    request: pytest.FixtureRequest,
) -> None:
    assert "smsledger_store_damaged 0.0" in (await api.get("/metrics")).text
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(MANY)])
    cluster = None if engine == "sqlite" else request.getfixturevalue("databases").cluster
    await damage_beside(store_url, "message_status", cluster)
    text = (await api.get("/metrics")).raise_for_status().text
    assert "smsledger_store_damaged 1.0" in text
    assert "smsledger_unrouted 0.0" in text
    assert "smsledger_unfinished_mt{" not in text
    assert (await api.get("/readyz")).status_code == 503

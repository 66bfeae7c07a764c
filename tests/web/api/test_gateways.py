"""Kannel's URLs, called as Kannel calls them; tests/kannel has the real one call them."""

from typing import Any

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger.model import Credential, Scope
from smsledger.store.store import Store
from smsledger.web import metrics
from tests.application import application, walk
from tests.making import PROGRAM, make_message
from tests.web.test_errors import assert_envelope

MO, RECEIPT = "/api/gateways/kannel/mo", "/api/gateways/kannel/receipt"
JOIN = {"id": "uuid-1", "from": "+15556667777", "to": "20880", "text": "JOIN", "charset": "UTF-8"}


async def test_an_mo_by_get_url_is_taken_once_and_answered_with_nothing(
    api: httpx.AsyncClient,
) -> None:
    for _ in range(2):
        answer = await api.get(MO, params=JOIN)
        assert (answer.status_code, answer.content) == (200, b"")
    [message] = await walk(api)
    assert (message["type"], message["number"], message["body"]) == ("MO", "15556667777", "JOIN")


async def test_an_mo_by_post_url_is_taken(api: httpx.AsyncClient) -> None:
    headers = {
        "x-kannel-from": "15556667777",
        "x-kannel-to": "20880",
        "x-kannel-coding": "2",
        "content-type": 'application/octet-stream; charset="UTF-16BE"',
    }
    body = "JOIN 👋".encode("utf-16-be")
    answer = await api.post(MO, params={"id": "uuid-2"}, content=body, headers=headers)
    assert answer.status_code == 200
    assert [message["body"] for message in await walk(api)] == ["JOIN 👋"]


@pytest.mark.parametrize("odd", [{}, {"from": "SHOP"}, {"id": "x" * 5000}, {"text": "\0" * 9}])
async def test_nothing_is_refused_for_its_content(
    api: httpx.AsyncClient, store: Store, odd: dict[str, str]
) -> None:
    assert (await api.get(MO, params={**JOIN, "to": "1", **odd})).status_code == 200
    assert len(await store.unrouted(0, 10)) == 1


async def test_a_receipt_is_joined_by_its_program_and_id(
    api: httpx.AsyncClient, store: Store
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    said: dict[str, Any] = {"program": PROGRAM, "id": "m-1", "status": 1, "number": "15556667777"}
    assert (await api.get(RECEIPT, params=said)).status_code == 200
    assert [message["deliveryStatus"] for message in await walk(api)] == ["Delivered"]


async def test_a_receipt_that_says_nothing_is_not_refused_either(api: httpx.AsyncClient) -> None:
    assert (await api.get(RECEIPT)).status_code == 200


async def test_a_gateway_needs_the_scope_ingest(api: httpx.AsyncClient, store: Store) -> None:
    export = Credential(username="export", scopes=frozenset({Scope.EXPORT}))
    await store.create_credential(export, digest_of("secret"))
    assert (await api.get(MO, params=JOIN, auth=("export", "secret"))).status_code == 403
    assert (await api.get(MO, params=JOIN, auth=("nobody", "secret"))).status_code == 401


async def test_a_look_at_a_gateway_s_url_writes_nothing(
    api: httpx.AsyncClient, store: Store
) -> None:
    answer = await api.head(MO, params={**JOIN, "to": "1"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert await store.unrouted(0, 10) == []


async def test_beyond_its_limit_an_unrouted_message_is_asked_for_again(
    store: Store, store_url: str
) -> None:
    refused = metrics.UNROUTED_REFUSED.labels("kannel")._value.get()
    async with application(store, store_url, unrouted_limit=2) as api:
        answers = [await api.get(MO, params={**JOIN, "id": n, "to": "1"}) for n in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 503]
        assert_envelope(answers[-1], 503, "unrouted_full")
        assert answers[-1].headers["retry-after"] == "60"
        assert (await api.get(MO, params=JOIN)).status_code == 200
        figures = (await api.get("/metrics")).text
    assert "smsledger_unrouted 2.0" in figures
    assert "smsledger_unrouted_limit 2.0" in figures
    assert f'smsledger_unrouted_refused_total{{gateway="kannel"}} {refused + 1}' in figures


async def test_at_the_limit_a_message_that_is_sent_again_is_acknowledged(
    store: Store, store_url: str
) -> None:
    async with application(store, store_url, unrouted_limit=2) as api:
        for _ in range(2):
            sent = [await api.get(MO, params={**JOIN, "id": n, "to": "1"}) for n in range(3)]
            assert [answer.status_code for answer in sent] == [200, 200, 503]
    assert len(await store.unrouted(0, 10)) == 2


async def test_a_gateway_limited_to_a_program_leaves_room_for_the_stop_of_another(
    store: Store, store_url: str
) -> None:
    limited = Credential(
        username="limited", scopes=frozenset({Scope.INGEST}), programs=frozenset({PROGRAM})
    )
    await store.create_credential(limited, digest_of("secret"))
    async with application(store, store_url, unrouted_limit=4) as api:
        for number, status in enumerate([200, 200, 503]):
            flood = {**JOIN, "id": f"flood-{number}", "to": "1"}
            answer = await api.get(MO, params=flood, auth=("limited", "secret"))
            assert answer.status_code == status
        assert_envelope(answer, 503, "unrouted_full")
        stop = await api.get(MO, params={**JOIN, "text": "STOP", "to": "1"})
        assert stop.status_code == 200

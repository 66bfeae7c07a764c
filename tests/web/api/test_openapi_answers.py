"""Real answers, held to the document: every status and code of the program's operations."""

import json

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.errors import Unavailable
from smsledger.ledger import feed, instant, walk
from smsledger.ledger.model import Credential, Scope
from smsledger.store.store import Store
from smsledger.web.drain import Drain
from tests.application import CHANGES, COUNTS, EXPORT, PAGES, RECEIPTS, SECRET
from tests.making import PROGRAM, YESTERDAY, make_message, make_receipt, make_row
from tests.server import Server
from tests.web.api.documented import assert_as_documented, validate
from tests.web.api.test_openapi import DOCUMENT, SCHEMAS

MO = "/api/gateways/kannel/mo"
OPT_OUTS = "/api/opt-outs/20880"
EVERYTHING = "?include=id,shortCode,segments,updatedAt,errorCode,gateway"


@pytest.fixture
async def written(api: httpx.AsyncClient, store: Store) -> httpx.AsyncClient:
    """The API of a ledger with two messages."""
    await store.record_messages(PROGRAM, [make_message(id="m-1"), make_message(id="m-2")])
    return api


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PAGES, 200),
        ("GET", PAGES + EVERYTHING, 200),
        ("GET", PAGES + "?pageSize=1", 200),
        ("GET", PAGES + "?page=0&foo=1&page=1&cursor=x", 400),
        ("GET", PAGES + "?page=20002", 400),
        ("GET", "/api/messages/program/summer", 400),
        ("GET", EXPORT, 200),
        ("GET", EXPORT + "?format=csv", 200),
        ("GET", EXPORT + "?format=html&resume=x", 400),
        ("GET", CHANGES, 200),
        ("GET", CHANGES + EVERYTHING + ",history,position&limit=1", 200),
        ("GET", CHANGES + "?after=x&limit=0", 400),
        ("GET", COUNTS, 200),
        ("GET", COUNTS + "?by=hour", 200),
        ("GET", COUNTS + "?by=week&number=1", 400),
        ("GET", "/api/messages/program/7", 404),
        ("GET", OPT_OUTS, 200),
        ("GET", OPT_OUTS + "?format=csv", 200),
        ("GET", OPT_OUTS + "?format=xlsx&code=1", 400),
        ("GET", OPT_OUTS + "-", 400),
        ("GET", "/api/opt-outs/1", 404),
        ("GET", PAGES + "?network=" + "x" * 40_000, 414),
        ("POST", PAGES, 400),
        ("POST", "/api/messages/program/7", 404),
        ("POST", RECEIPTS, 400),
        ("GET", f"{MO}?from=15556667777&to=20880&text=JOIN", 200),
        ("POST", MO, 200),
        ("GET", "/api/gateways/kannel/receipt?id=m-1&status=1", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
    ],
)
async def test_an_answer_is_as_documented(
    written: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await written.request(method, path)
    assert answer.status_code == status
    assert_as_documented(DOCUMENT, answer)


@pytest.mark.engines("sqlite")
def test_the_http_server_refuses_a_longer_address_without_a_body(server: Server) -> None:
    address = f"{PAGES}?network={'x' * 65_535}".encode()
    with httpx.Client() as client:
        answer = client.request("GET", server.url, extensions={"target": address})
    assert (answer.status_code, answer.content) == (414, b"")


@pytest.mark.parametrize("at", [f"GET {PAGES}", f"POST {RECEIPTS}", f"GET {MO}", "GET /healthz"])
async def test_a_405_is_as_documented(api: httpx.AsyncClient, at: str) -> None:
    answer = await api.delete(at.split()[1])
    assert answer.status_code == 405
    assert_as_documented(DOCUMENT, answer, at)


@pytest.mark.parametrize("path", [PAGES, RECEIPTS, MO])
async def test_a_refused_body_is_as_documented(
    api: httpx.AsyncClient, store: Store, path: str
) -> None:
    large = await api.post(path, content=b" " * (8 * 1024 * 1024 + 1))
    assert large.status_code == 413
    assert_as_documented(DOCUMENT, large)
    if path != MO:
        odd = await api.post(path, content=b"[]", headers={"content-type": "text/csv"})
        assert odd.status_code == 415
        assert_as_documented(DOCUMENT, odd)


async def test_a_refused_credential_is_as_documented(api: httpx.AsyncClient, store: Store) -> None:
    reporter = Credential(username="reporter", scopes=frozenset({Scope.REPORT}))
    await store.create_credential(reporter, digest_of(SECRET))
    for auth, status in ((None, 401), (("reporter", SECRET), 403)):
        for method, path in (("GET", PAGES), ("POST", PAGES), ("POST", RECEIPTS), ("GET", MO)):
            answer = await api.request(method, path, auth=auth)
            assert answer.status_code == status
            assert_as_documented(DOCUMENT, answer)


async def test_a_conflict_is_as_documented(
    written: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = (await written.get(PAGES, params={"pageSize": 1})).json()["meta"]["nextPageUrl"]
    with monkeypatch.context() as patched:
        patched.setattr(walk, "CURSOR_LIFE", -1)
        assert_as_documented(DOCUMENT, await written.get(following))
    await store.renew_epoch("another")
    await store.set_active(PROGRAM, active=False)
    for answer in (await written.get(following), await written.post(PAGES, json=[make_row()])):
        assert answer.status_code == 409
        assert_as_documented(DOCUMENT, answer)


async def test_the_feed_is_as_documented(
    written: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.record_receipts(PROGRAM, [make_receipt(id="m-1")])
    await store.erase(PROGRAM, ["m-2"])
    answer = await written.get(CHANGES + "?include=history")
    assert len(answer.json()["data"]["messages"]) == 2
    assert_as_documented(DOCUMENT, answer)
    asked = {"after": answer.json()["meta"]["nextToken"]}
    with monkeypatch.context() as patched:
        patched.setattr(feed, "retention_limit", lambda now, _: now + 1)
        expired = await written.get(CHANGES, params=asked)
    await store.renew_epoch("another")
    for refused, status in ((expired, 410), (await written.get(CHANGES, params=asked), 409)):
        assert refused.status_code == status
        assert_as_documented(DOCUMENT, refused)


async def test_a_failure_is_as_documented(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for failure, status in ((RuntimeError("a bug"), 500), (Unavailable.store(), 503)):

        async def failing(*_: Store | str, failure: RuntimeError | Unavailable = failure) -> None:
            raise failure

        monkeypatch.setattr(type(store), "credential", failing)
        for method, path in (("GET", PAGES), ("GET", EXPORT), ("GET", CHANGES), ("POST", RECEIPTS)):
            answer = await api.request(method, path)
            assert answer.status_code == status
            assert_as_documented(DOCUMENT, answer)


async def test_a_drain_is_as_documented(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Drain, "begun", property(lambda _: True))
    for path in (PAGES, EXPORT, CHANGES, MO, "/readyz", "/metrics", "/openapi.json"):
        answer = await api.get(path)
        assert answer.status_code == 503
        assert_as_documented(DOCUMENT, answer)


async def test_every_documented_reason_of_a_rejection_is_one(api: httpx.AsyncClient) -> None:
    good = make_row(id="good")
    bad = [
        make_row(body="another", id="good"),
        make_row(type="MX"),
        make_row(deliveryStatus="Gone"),
        make_row(deliveryStatus="Delivered"),
        make_row(number="12"),
        make_row(date="yesterday"),
        make_row(date="2001-01-01T00:00:00"),
        make_row(body="\0"),
        make_row(segments=0),
        make_row(colour="red"),
        {"id": "m-1"},
    ]
    twice = json.dumps(good).replace("{", '{"id":"other",')
    lines = [*(json.dumps(row) for row in (good, *bad)), twice, "nonsense"]
    answer = await api.post(PAGES, content="\n".join(lines))
    assert_as_documented(DOCUMENT, answer)
    codes = [rejection["code"] for rejection in answer.json()["data"]["rejections"]]
    assert sorted(codes) == sorted(SCHEMAS["Rejection"]["properties"]["code"]["examples"])


async def test_an_exported_message_is_one_that_can_be_ingested(
    api: httpx.AsyncClient, store: Store
) -> None:
    second = YESTERDAY // instant.SECOND * instant.SECOND
    await store.record_messages(PROGRAM, [make_message(date=second, segments=2)])
    rows = (await api.get(PAGES + EVERYTHING)).json()["data"]["messages"]
    validate(DOCUMENT, {"items": {"$ref": "#/components/schemas/MessageRow"}}, rows)
    report = (await api.post(PAGES, json=rows)).json()["data"]
    assert (report["duplicates"], report["rejected"]) == (1, 0)

"""The envelope, for every producer of errors."""

from typing import Any

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.errors import LedgerError, Unavailable
from smsledger.ledger.model import Credential, Scope
from smsledger.ledger.walk import PageQuery
from smsledger.store.store import Store
from tests.application import PAGES, RECEIPTS
from tests.making import PROGRAM, make_row


def assert_envelope(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["data"] is None
    assert answer.json()["meta"]["nextPageUrl"] is None
    assert code in [error["code"] for error in answer.json()["meta"]["generalErrors"]]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", PAGES + "?page=0", 400, "invalid_parameter"),
        ("GET", PAGES + "?pagesize=1", 400, "unknown_parameter"),
        ("GET", PAGES + "?page=1&page=2", 400, "repeated_parameter"),
        ("GET", PAGES + "?cursor=x", 400, "invalid_cursor"),
        ("GET", "/api/messages/program/abc", 400, "invalid_path"),
        ("GET", "/api/messages/program/7", 404, "program_not_found"),
        ("GET", "/api/messages", 404, "not_found"),
        ("GET", PAGES + "/", 404, "not_found"),
        ("DELETE", PAGES, 405, "method_not_allowed"),
        ("GET", RECEIPTS, 405, "method_not_allowed"),
        ("POST", PAGES, 400, "invalid_body"),
        ("GET", PAGES + "?network=" + "x" * 40_000, 414, "uri_too_long"),
    ],
)
async def test_every_error_has_the_envelope(
    api: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    assert_envelope(await api.request(method, path), status, code)


async def test_a_method_that_is_not_allowed_is_told_which_are(api: httpx.AsyncClient) -> None:
    assert (await api.delete(PAGES)).headers["allow"] == "GET, HEAD, POST"


async def test_a_body_of_the_wrong_kind_is_refused(api: httpx.AsyncClient) -> None:
    for headers in ({"content-type": "text/csv"}, {"content-encoding": "gzip"}):
        answer = await api.post(PAGES, content=b"[]", headers=headers)
        assert_envelope(answer, 415, "unsupported_media_type")


async def test_a_body_over_the_limit_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.post(PAGES, content=b" " * (8 * 1024 * 1024 + 1))
    assert_envelope(answer, 413, "body_too_large")


async def test_an_inactive_program_takes_no_messages(api: httpx.AsyncClient, store: Store) -> None:
    await store.set_active(PROGRAM, active=False)
    assert_envelope(await api.post(PAGES, json=[make_row()]), 409, "program_inactive")
    assert (await api.get(PAGES)).status_code == 200


async def test_a_bug_gives_an_error_id_and_nothing_of_the_inside(
    api: httpx.AsyncClient,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def broken(*_: Store | PageQuery) -> None:
        raise RuntimeError("secret body 15556667777")

    monkeypatch.setattr(type(store), "page", broken)
    answer = await api.get(PAGES)
    assert_envelope(answer, 500, "internal_error")
    assert "secret" not in answer.text
    log = capsys.readouterr()
    error_id = answer.json()["meta"]["generalErrors"][0]["message"].split("error id ")[1][:12]
    assert error_id in log.out + log.err


async def test_a_store_that_is_away_is_a_503_with_retry_after(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Store | str) -> None:
        raise Unavailable.store()

    monkeypatch.setattr(type(store), "credential", away)
    answer = await api.get(PAGES)
    assert_envelope(answer, 503, "store_unavailable")
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Bearer abc",
        "Basic !!!",
        "Basic dXNlcg==",  # no colon
        "Basic //8=",  # not UTF-8
        "Basic bm9ib2R5OnNlY3JldA==",  # an unknown user
        "Basic dGVzdGVyOndyb25n",  # a wrong secret
    ],
)
async def test_without_a_valid_credential_the_answer_is_always_the_same(
    api: httpx.AsyncClient, authorization: str | None
) -> None:
    api.auth = httpx.Auth()
    headers = {"authorization": authorization} if authorization else {}
    answer = await api.get(PAGES, headers=headers)
    assert_envelope(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Basic realm="smsledger", charset="UTF-8"'
    assert answer.json() == (await api.get("/api/messages/program/7", headers=headers)).json()


async def issue(api: httpx.AsyncClient, store: Store, *scopes: Scope, **what_matters: Any) -> None:
    credential = Credential(username="pär", scopes=frozenset(scopes), **what_matters)
    await store.create_credential(credential, digest_of("sécret"))
    api.auth = ("pär".encode(), "sécret".encode())


async def test_a_scope_that_lacks_the_verb_is_a_403_before_anything_else(
    api: httpx.AsyncClient, store: Store
) -> None:
    await issue(api, store, Scope.EXPORT)
    assert (await api.get(PAGES)).status_code == 200
    assert_envelope(await api.post("/api/messages/program/abc"), 403, "scope_missing")


async def test_a_program_outside_the_scope_cannot_be_told_from_none(
    api: httpx.AsyncClient, store: Store
) -> None:
    await issue(api, store, Scope.EXPORT, programs=frozenset({7}))
    outside = await api.get(PAGES)
    assert_envelope(outside, 404, "program_not_found")
    none = await api.get("/api/messages/program/8")
    assert outside.text.replace(str(PROGRAM), "8") == none.text


async def test_a_path_is_judged_before_its_query(api: httpx.AsyncClient) -> None:
    assert_envelope(await api.get("/api/messages/program/abc?page=0"), 400, "invalid_path")
    assert_envelope(await api.get("/api/messages/program/7?page=0"), 404, "program_not_found")


async def test_an_expired_credential_is_an_unknown_one(
    api: httpx.AsyncClient, store: Store
) -> None:
    await issue(api, store, Scope.EXPORT, expires_at=1)
    assert_envelope(await api.get(PAGES), 401, "unauthorized")


def test_every_error_class_is_in_the_tree_and_has_its_code_there() -> None:
    from smsledger import errors

    tree = errors.__doc__ or ""
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    named = [each for each in classes if issubclass(each, LedgerError)]
    assert all(f"{each.__name__} " in tree or each is LedgerError for each in named)

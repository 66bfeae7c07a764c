"""Errors are pages for a browser, and envelopes for everybody else."""

from typing import Any

import httpx
import pytest

from smsledger.errors import Unavailable
from smsledger.store.store import Store
from smsledger.web.console.templates import Templates
from tests.web.console.conftest import Visit, Visitor


async def test_an_address_with_nothing_there_is_a_page(browser: Visitor) -> None:
    answer = await browser.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is nothing here" in answer.text


async def test_the_api_answers_a_browser_with_envelopes_too(browser: Visitor) -> None:
    answer = await browser.get("/api/nowhere")
    assert (answer.status_code, answer.json()["data"]) == (404, None)


async def test_who_is_no_browser_gets_an_envelope_of_a_page(api: httpx.AsyncClient) -> None:
    answer = await api.get("/programs")
    assert answer.status_code == 401
    assert answer.json()["meta"]["generalErrors"][0]["code"] == "sign_in_needed"


async def test_a_fragment_of_a_session_that_is_over_leads_the_whole_page_away(
    browser: Visitor,
) -> None:
    answer = await browser.get("/programs", headers={"accept": "*/*", "hx-request": "true"})
    assert answer.headers["hx-redirect"] == "/sign-in"


async def test_a_bug_is_a_page_with_its_error_id_and_nothing_else(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: Store) -> None:
        raise RuntimeError("secret body 15556667777")

    client = await visit("report")
    monkeypatch.setattr(type(store), "programs", broken)
    answer = await client.get("/programs")
    assert answer.status_code == 500
    assert "15556667777" not in answer.text
    error_id = answer.text.split("error id ")[1][:12]
    log = capsys.readouterr()
    assert error_id in log.out + log.err


@pytest.mark.parametrize(("path", "status"), [("/programs", 500), ("/nowhere", 404)])
async def test_an_error_whose_page_fails_is_an_envelope(
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    path: str,
    status: int,
) -> None:
    def broken(*_: Templates | str, **__: Any) -> None:
        raise RuntimeError("no page")

    client = await visit("report")
    monkeypatch.setattr(Templates, "render", broken)
    answer = await client.get(path)
    [problem] = answer.json()["meta"]["generalErrors"]
    assert answer.status_code == status
    log = capsys.readouterr().out
    assert "request_failed" in log
    if status == 500:
        assert problem["message"].split("error id ")[1][:12] in log


async def away(*_: Store | bytes) -> None:
    raise Unavailable.store()


async def test_a_page_of_a_store_that_is_away_loads_itself_again(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await visit("report")
    monkeypatch.setattr(type(store), "session", away)
    answer = await client.get("/programs")
    assert answer.status_code == 503
    assert (answer.headers["refresh"], answer.headers["retry-after"]) == ("2", "2")
    assert "This page loads itself again in two seconds." in answer.text


async def test_what_was_sent_to_a_store_that_is_away_is_not_sent_again_by_itself(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await visit("report")
    monkeypatch.setattr(type(store), "end_session", away)
    answer = await client.submit("/sign-out")
    assert answer.status_code == 503
    assert "refresh" not in answer.headers
    assert "It is not known whether what you sent was saved." in answer.text


@pytest.mark.parametrize("body", [b"\xff=%ff", b"a=1&" * 2000, b"x" * 70_000])
async def test_what_is_no_form_is_refused(visit: Visit, body: bytes) -> None:
    client = await visit("report")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post("/sign-out", content=body, headers=headers)
    assert answer.status_code in {400, 403, 413}
    assert "text/html" in answer.headers["content-type"]


async def test_a_method_that_is_not_allowed_is_a_page(browser: Visitor) -> None:
    answer = await browser.post("/programs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")

"""The change feed: what changed since a token, each once, in the order of change."""

import asyncio
import hashlib
import itertools
import json
import time
from typing import Any

import httpx
import msgspec
import pytest

from smsledger.ledger import feed, instant
from smsledger.store.store import Store
from smsledger.web.api import changes as handler
from tests.application import CHANGES, PAGES, application
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.web.api.test_pages import fill, problems


async def ask(api: httpx.AsyncClient, **parameters: Any) -> dict[str, dict[str, Any]]:
    answer = await api.get(CHANGES, params=parameters)
    assert answer.status_code == 200, answer.text
    page: dict[str, dict[str, Any]] = answer.json()
    return page


def token_of(text: str) -> feed.Token:
    token = feed.decode(text)
    assert isinstance(token, feed.Token)
    return token


async def follow(api: httpx.AsyncClient, **parameters: Any) -> tuple[list[dict[str, Any]], str]:
    """All entries up to now, page after page, and the last token."""
    page = await ask(api, **parameters)
    entries = page["data"]["messages"]
    while url := page["meta"]["nextPageUrl"]:
        page = (await api.get(url)).raise_for_status().json()
        entries += page["data"]["messages"]
    return entries, page["meta"]["nextToken"]


async def test_from_the_beginning_there_is_every_message_by_its_latest_change(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 5)
    await store.record_receipts(PROGRAM, [make_receipt(id="m-1")])
    entries, _ = await follow(api, limit=2)
    assert [(entry["id"], entry["change"]) for entry in entries] == [
        ("m-0", 1),
        ("m-2", 3),
        ("m-3", 4),
        ("m-4", 5),
        ("m-1", 6),
    ]


async def test_an_entry_has_its_id_and_change_before_the_six_fields(
    api: httpx.AsyncClient, store: Store
) -> None:
    await store.record_messages(PROGRAM, [make_message(body='"Hi" 👋', short_code="20880")])
    [entry] = (await ask(api, include="shortCode,id"))["data"]["messages"]
    six = ["type", "deliveryStatus", "number", "body", "date", "network"]
    assert list(entry) == ["id", "change", *six, "shortCode"]
    assert entry["body"] == '"Hi" 👋'


async def test_after_a_token_there_is_what_changed_and_nothing_else(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 5)
    _, token = await follow(api)
    assert (await follow(api, after=token))[0] == []
    await store.record_receipts(PROGRAM, [make_receipt(id="m-3")])
    await store.record_messages(PROGRAM, [make_message(id="late", date=YESTERDAY - instant.DAY)])
    entries, _ = await follow(api, after=token)
    assert [(entry["id"], entry["deliveryStatus"]) for entry in entries] == [
        ("m-3", "Delivered"),
        ("late", "Sent"),
    ]


async def test_a_page_that_is_caught_up_has_no_next_one_and_always_a_token(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 2)
    answer = await api.get(CHANGES, params={"limit": 1, "include": "gateway"})
    meta = answer.json()["meta"]
    assert answer.headers["link"] == f'<{meta["nextPageUrl"]}>; rel="next"'
    last = (await api.get(meta["nextPageUrl"])).json()
    assert last["meta"]["nextPageUrl"] is None
    assert list(last["data"]["messages"][0])[-1] == "gateway"
    assert token_of(last["meta"]["nextToken"]).change == 2


async def test_the_history_says_all_that_was_said(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 1)
    said = [
        make_receipt(id="m-0", delivery_status=None, text='buffered "x"', date=None),
        make_receipt(id="m-0", gateway="kannel"),
    ]
    await store.record_receipts(PROGRAM, said)
    [entry] = (await ask(api, include="history"))["data"]["messages"]
    first, second = entry["history"]
    assert (first["deliveryStatus"], first["text"], first["date"]) == (None, 'buffered "x"', None)
    assert (second["deliveryStatus"], second["gateway"]) == ("Delivered", "kannel")
    assert second["date"] == instant.render_micros(YESTERDAY)
    assert len(second["recordedAt"]) == 26
    assert [each["change"] for each in entry["history"]] == [2, 3]


async def test_a_message_that_nothing_was_said_of_has_an_empty_history(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 1)
    assert (await ask(api, include="history"))["data"]["messages"][0]["history"] == []


async def test_an_erased_message_is_a_tombstone(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 3)
    _, token = await follow(api)
    await store.erase(PROGRAM, ["m-1"])
    assert (await ask(api, after=token))["data"]["messages"] == [
        {"id": "m-1", "change": 4, "erased": True}
    ]
    entries, _ = await follow(api)
    assert [entry["id"] for entry in entries] == ["m-0", "m-2", "m-1"]


async def test_a_large_page_is_read_in_steps_and_no_message_is_on_it_twice(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "STEP", 4)
    await fill(store, 30)
    original = type(store).changes

    async def touched(self: Store, query: feed.FeedQuery) -> feed.FeedPage:
        step = await original(self, query)
        await self.record_receipts(PROGRAM, [make_receipt(id="m-1"), make_receipt(id="m-29")])
        return step

    monkeypatch.setattr(type(store), "changes", touched)
    page = await ask(api, limit=100)
    ids = [entry["id"] for entry in page["data"]["messages"]]
    assert len(ids) == len(set(ids))
    monkeypatch.undo()
    rest, _ = await follow(api, after=page["meta"]["nextToken"])
    assert {*ids, *(entry["id"] for entry in rest)} == {f"m-{n}" for n in range(30)}


@pytest.fixture
def moving(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of four messages; after each step the message m-9 gets a receipt."""
    monkeypatch.setattr(handler, "STEP", 4)
    original, numbers = type(store).changes, itertools.count()

    async def step_then_receipt(self: Store, query: feed.FeedQuery) -> feed.FeedPage:
        step = await original(self, query)
        receipt = make_receipt(id="m-9", text=f"receipt {next(numbers)}")
        await self.record_receipts(PROGRAM, [receipt])
        return step

    monkeypatch.setattr(type(store), "changes", step_then_receipt)


async def test_a_message_that_changes_between_two_steps_is_on_a_later_page(
    api: httpx.AsyncClient, store: Store, moving: None
) -> None:
    await fill(store, 10)
    entries, _ = await follow(api, limit=100)
    assert [entry["id"] for entry in entries] == [f"m-{n}" for n in range(10)]


@pytest.mark.parametrize("limit", [9, 100])  # the page is full, or has room
async def test_a_page_that_lags_behind_the_counter_has_a_next_one(
    api: httpx.AsyncClient, store: Store, moving: None, limit: int
) -> None:
    await fill(store, 10)
    page = await ask(api, limit=limit)
    assert len(page["data"]["messages"]) == 9
    assert page["meta"]["nextPageUrl"].endswith(f"after={page['meta']['nextToken']}")
    assert "link" in (await api.head(CHANGES, params={"limit": limit})).headers


async def test_the_age_of_a_token_counts_from_when_its_owner_last_had_everything(
    api: httpx.AsyncClient, store: Store, moving: None
) -> None:
    _, token = await follow(api)
    await fill(store, 10)
    lagging = (await ask(api, limit=100, after=token))["meta"]["nextToken"]
    assert token_of(lagging).whole == token_of(token).whole
    _, caught_up = await follow(api, limit=100, after=lagging)
    assert token_of(caught_up).whole > token_of(token).whole


async def test_a_page_of_long_messages_ends_sooner(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "STEP", 2)
    monkeypatch.setattr(handler, "FULL", 1000)
    await fill(store, 10)
    page = await ask(api, limit=10)
    assert 2 < len(page["data"]["messages"]) < 10
    assert page["meta"]["nextPageUrl"]
    assert len((await follow(api, limit=10))[0]) == 10


async def test_who_waits_is_told_within_a_second(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 1)
    _, token = await follow(api)
    waiting = asyncio.create_task(ask(api, after=token, wait=30))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await store.record_receipts(PROGRAM, [make_receipt(id="m-0")])
    told = time.monotonic()
    page = await waiting
    assert time.monotonic() - told < 1
    assert [entry["id"] for entry in page["data"]["messages"]] == ["m-0"]


async def test_who_waits_in_vain_gets_an_empty_page_and_a_token(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 1)
    _, token = await follow(api)
    page = await ask(api, after=token, wait=1)
    assert page["data"]["messages"] == []
    assert page["meta"]["nextPageUrl"] is None
    assert token_of(page["meta"]["nextToken"]).change == 1


async def test_a_walk_s_first_page_has_the_token_of_its_pin(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 3)
    first = (await api.get(PAGES, params={"pageSize": 2, "include": "id"})).json()
    await store.record_messages(PROGRAM, [make_message(id="new")])
    entries, _ = await follow(api, after=first["meta"]["changes"])
    assert [entry["id"] for entry in entries] == ["new"]
    second = (await api.get(first["meta"]["nextPageUrl"])).json()
    assert "changes" not in second["meta"]
    assert "changes" not in (await api.get(PAGES)).json()["meta"]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"after": "abc"}, ("invalid_token", "after")),
        ({"limit": 10_001}, ("invalid_parameter", "limit")),
        ({"limit": 0}, ("invalid_parameter", "limit")),
        ({"wait": 61}, ("invalid_parameter", "wait")),
        ({"include": "body"}, ("invalid_parameter", "include")),
        ({"startDate": "2020-01-01T00:00:00"}, ("unknown_parameter", "startDate")),
    ],
)
async def test_what_the_feed_cannot_do_is_named(
    api: httpx.AsyncClient, parameters: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = await api.get(CHANGES, params=parameters)
    assert (answer.status_code, problems(answer)) == (400, [problem])


async def test_a_cursor_is_no_token(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 3)
    url = (await api.get(PAGES, params={"pageSize": 1})).json()["meta"]["nextPageUrl"]
    answer = await api.get(CHANGES, params={"after": url.rpartition("cursor=")[2]})
    assert (answer.status_code, problems(answer)) == (400, [("invalid_token", "after")])


async def test_a_token_of_another_program_is_refused(api: httpx.AsyncClient, store: Store) -> None:
    await store.create_program(make_program(id=7, name="Other", keywords=()))
    _, token = await follow(api)
    answer = await api.get("/api/messages/program/7/changes", params={"after": token})
    assert (answer.status_code, problems(answer)) == (400, [("invalid_token", "after")])


async def test_a_token_of_another_epoch_or_ahead_of_the_ledger_is_a_conflict(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 3)
    _, token = await follow(api)
    ahead = msgspec.structs.replace(token_of(token), change=4)
    answer = await api.get(CHANGES, params={"after": feed.encode(ahead)})
    assert (answer.status_code, problems(answer)) == (409, [("ledger_restored", "after")])
    await store.renew_epoch("another")
    answer = await api.get(CHANGES, params={"after": token})
    assert (answer.status_code, problems(answer)) == (409, [("ledger_restored", "after")])


async def test_a_token_of_a_program_before_its_deletion_is_a_conflict(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 3)
    _, token = await follow(api)
    await store.delete_program(PROGRAM)
    await store.create_program(make_program())
    answer = await api.get(CHANGES, params={"after": token})
    assert (answer.status_code, problems(answer)) == (409, [("ledger_restored", "after")])
    await fill(store, 2)
    assert len((await follow(api))[0]) == 2


async def test_a_token_older_than_retention_has_expired(
    store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with application(store, store_url, retention_days=10) as api:
        await fill(store, 3)
        page = await ask(api, limit=1)
        later = instant.now() + 9 * instant.DAY
        monkeypatch.setattr(instant, "now", lambda: later)
        behind = (await ask(api, limit=1, after=page["meta"]["nextToken"]))["meta"]["nextToken"]
        _, caught_up = await follow(api, after=page["meta"]["nextToken"])
        monkeypatch.setattr(instant, "now", lambda: later + 2 * instant.DAY)
        answer = await api.get(CHANGES, params={"after": behind})
        assert (answer.status_code, problems(answer)) == (410, [("token_expired", "after")])
        assert (await ask(api, after=caught_up))["data"]["messages"] == []


async def positions(api: httpx.AsyncClient, **parameters: int) -> list[int]:
    page = await ask(api, include="position", **parameters)
    return [entry["position"] for entry in page["data"]["messages"]]


async def test_a_position_is_a_token_for_tools_that_keep_numbers(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 4)
    await store.erase(PROGRAM, ["m-0"])
    found = await positions(api)
    assert found == sorted(found)
    assert 2**52 <= found[0] < found[-1] < 2**53
    assert await positions(api, after=found[1]) == found[2:]
    assert await positions(api, after=0) == found
    assert (await ask(api, after=found[-1]))["data"]["messages"] == []


async def test_a_position_is_exact_in_tools_that_read_numbers_as_doubles(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 4)
    answer = await api.get(CHANGES, params={"include": "position"})
    exact, rounded = answer.json(), json.loads(answer.text, parse_int=float)
    assert rounded == exact
    for entry, place in zip(exact["data"]["messages"], await positions(api), strict=True):
        rest = (await ask(api, after=int(float(place))))["data"]["messages"]
        assert len(rest) == 4 - entry["change"]


def old_position(token: feed.Token, change: int) -> int:
    """A position as earlier builds handed it out."""
    text = f"{token.epoch} {token.program_id} {token.since}"
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    return (digest % (2**22 - 1) + 1) << 40 | change


async def test_a_position_of_an_earlier_build_is_refused_with_what_to_do(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 4)
    _, token = await follow(api)
    answer = await api.get(CHANGES, params={"after": old_position(token_of(token), 2)})
    assert (answer.status_code, problems(answer)) == (410, [("token_expired", "after")])
    assert "after=0" in answer.json()["meta"]["generalErrors"][0]["hint"]


async def test_a_counter_that_outgrows_positions_is_an_error_and_tokens_go_on(
    api: httpx.AsyncClient, store: Store, store_url: str
) -> None:
    grown = f"UPDATE program_counter SET last = {2**36 - 2} WHERE program_id = {PROGRAM}"
    await asyncio.to_thread(execute, store_url, grown)
    await fill(store, 1)
    [last] = await positions(api)
    await store.record_messages(PROGRAM, [make_message(id="beyond")])
    answer = await api.get(CHANGES, params={"include": "position", "after": last})
    assert (answer.status_code, problems(answer)) == (400, [("position_overflow", "include")])
    [entry] = (await ask(api, after=last))["data"]["messages"]
    assert (entry["id"], entry["change"]) == ("beyond", 2**36)


async def test_the_pages_after_one_with_positions_have_them_too(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 3)
    entries, _ = await follow(api, include="position", limit=1)
    assert [list(entry)[:3] for entry in entries] == [["id", "change", "position"]] * 3


async def test_a_position_in_another_ledger_is_a_conflict(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 3)
    first, *_, last = await positions(api)
    ahead = await api.get(CHANGES, params={"after": last + 1})
    assert (ahead.status_code, problems(ahead)) == (409, [("ledger_restored", "after")])
    await store.renew_epoch("another")
    answer = await api.get(CHANGES, params={"after": first})
    assert (answer.status_code, problems(answer)) == (409, [("ledger_restored", "after")])


@pytest.mark.parametrize("after", ["1", "9999999999999999999", "99999999999999999999", "-1"])
async def test_a_number_that_was_never_handed_out_is_refused(
    api: httpx.AsyncClient, after: str
) -> None:
    answer = await api.get(CHANGES, params={"after": after})
    assert (answer.status_code, problems(answer)) == (400, [("invalid_token", "after")])


async def test_a_position_before_tombstones_that_are_forgotten_has_expired(
    api: httpx.AsyncClient, store: Store, store_url: str
) -> None:
    await fill(store, 5)
    found = await positions(api)
    await store.erase(PROGRAM, ["m-3", "m-1"])
    long_ago = instant.now() - 400 * instant.DAY
    aged = f"UPDATE tombstone SET erased_at = {long_ago} WHERE program_id = {PROGRAM}"
    await asyncio.to_thread(execute, store_url, aged)
    await store.purge(long_ago + 2 * instant.DAY)
    answer = await api.get(CHANGES, params={"after": found[-1]})
    assert (answer.status_code, problems(answer)) == (410, [("token_expired", "after")])
    [*_, last] = await positions(api)
    assert await positions(api, after=last) == []

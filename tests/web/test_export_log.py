"""Who exported what: one entry a walk, before its first byte, with counts that are right."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import reduce
from itertools import cycle, permutations
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.errors import Unavailable
from smsledger.ledger import instant
from smsledger.ledger.export_log import ExportEntry, LogQuery, Progress
from smsledger.ledger.model import Credential, DeliveryStatus, MessageType, Scope
from smsledger.store.store import Store
from smsledger.web import export_log
from smsledger.web.api import exports
from tests.application import CHANGES, EXPORT, PAGES, SECRET, application, walk
from tests.making import PROGRAM, make_message, make_program, make_receipt
from tests.web.api.test_exports import lines_of
from tests.web.api.test_pages import fill, next_url

OPT_OUTS = "/api/opt-outs/20880"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is written down at once; steps of exports are short."""
    monkeypatch.setattr(export_log, "_EVERY", 0.02)
    monkeypatch.setattr(export_log, "_SOON", 0.01)
    monkeypatch.setattr(exports, "STEP", 5)


Entries = Callable[[], Awaitable[list[ExportEntry]]]


@pytest.fixture
def entries(store: Store, monkeypatch: pytest.MonkeyPatch) -> Entries:
    """The log, after a write that began when everything was already remembered."""
    writes: asyncio.Queue[export_log.ExportLog] = asyncio.Queue()
    write = export_log.ExportLog.write

    async def counted(log: export_log.ExportLog) -> None:
        try:
            await write(log)
        finally:
            writes.put_nowait(log)

    async def read() -> list[ExportEntry]:
        await asyncio.sleep(0.3)
        while not writes.empty():
            writes.get_nowait()
        for _ in range(2):  # the first may have begun before
            await asyncio.wait_for(writes.get(), 30)
        return await store.exports(LogQuery(limit=100))

    monkeypatch.setattr(export_log.ExportLog, "write", counted)
    return read


async def test_a_walk_of_many_pages_has_one_entry(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    await fill(store, 30)
    await walk(api, pageSize=7, messageType="mt", number="+15556667777", network="T-Mobile")
    [entry] = await entries()
    assert (entry.username, entry.program_id, entry.kind) == ("tester", PROGRAM, "pages")
    assert (entry.messages, entry.complete) == (30, True)
    asked = parse_qs(entry.filters)
    assert list(asked) == ["messageType", "startDate", "endDate", "number", "network"]
    assert (asked["messageType"], asked["number"]) == (["MT"], ["15556667777"])


async def test_a_walk_of_one_page_and_one_of_none_are_told_at_once(
    api: httpx.AsyncClient, store: Store
) -> None:
    await api.get(PAGES)
    await fill(store, 3)
    await api.get(PAGES)
    told = [(each.messages, each.complete) for each in await store.exports(LogQuery(limit=9))]
    assert told == [(3, True), (0, True)]


async def test_a_repeated_page_does_not_count_twice(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    await fill(store, 30)
    url = await next_url(api, pageSize=10)
    for _ in range(3):
        following = (await api.get(url)).json()["meta"]["nextPageUrl"]
    [entry] = await entries()
    assert (entry.messages, entry.complete) == (20, False)
    await api.get(following)
    await api.get(url)
    [entry] = await entries()
    assert (entry.messages, entry.complete) == (30, True)


async def test_another_credential_on_the_same_cursor_has_an_entry_of_its_own(
    api: httpx.AsyncClient, store: Store, store_url: str, entries: Entries
) -> None:
    await fill(store, 30)
    url = await next_url(api, pageSize=10)
    async with application(store, store_url, user="other") as other:
        url = (await other.get(url)).json()["meta"]["nextPageUrl"]
        await other.get(url)
    told = {each.username: (each.messages, each.complete) for each in await entries()}
    assert told == {"tester": (10, False), "other": (20, True)}


async def test_a_walk_over_several_servers_has_one_entry(
    api: httpx.AsyncClient, store: Store, store_url: str, entries: Entries
) -> None:
    await fill(store, 30)
    url = await next_url(api, pageSize=4)
    async with application(store, store_url, user="other") as another:
        another.auth = ("tester", SECRET)
        servers = cycle([another, api])
        while url:
            url = (await next(servers).get(url)).json()["meta"]["nextPageUrl"]
    [entry] = await entries()
    assert (entry.messages, entry.complete) == (30, True)


async def test_a_head_request_is_no_export(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    await fill(store, 3)
    for path in (PAGES, EXPORT, CHANGES):
        assert (await api.head(path)).status_code == 200
    assert await entries() == []


async def test_a_request_that_is_refused_is_no_export(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    for path in (f"{PAGES}?messageType=x", f"{EXPORT}?format=x", "/api/messages/program/7"):
        assert (await api.get(path)).status_code >= 400
    assert await entries() == []


async def test_a_whole_export_has_an_entry_with_its_format(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    await fill(store, 30)
    for form in ("ndjson", "csv", "xlsx"):
        assert (await api.get(EXPORT, params={"format": form})).status_code == 200
    told = [(each.kind, each.messages, each.complete) for each in reversed(await entries())]
    assert told == [(f"export {form}", 30, True) for form in ("ndjson", "csv", "xlsx")]


async def test_an_export_that_is_resumed_goes_on_in_its_entry(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    await fill(store, 30)
    lines = lines_of(await api.get(EXPORT, params={"checkpoints": "true"}))
    resumes = [line["meta"]["resume"] for line in lines if "meta" in line]
    for resume in resumes[1:3]:
        assert (await api.get(EXPORT, params={"resume": resume})).status_code == 200
    [entry] = await entries()
    assert (entry.messages, entry.complete) == (30, True)


async def test_an_export_that_another_resumes_counts_what_that_one_was_given(
    api: httpx.AsyncClient, store: Store, store_url: str, entries: Entries
) -> None:
    await fill(store, 30)
    lines = lines_of(await api.get(EXPORT, params={"checkpoints": "true"}))
    at = [place for place, line in enumerate(lines) if "meta" in line][1]
    async with application(store, store_url, user="other") as other:
        await other.get(EXPORT, params={"resume": lines[at]["meta"]["resume"]})
    told = {each.username: each.messages for each in await entries()}
    assert told == {"tester": 30, "other": 30 - (at - 1)}


async def test_all_that_is_read_of_a_feed_on_a_day_has_one_entry(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    await fill(store, 5)
    answer = (await api.get(CHANGES, params={"limit": 3})).json()
    [entry] = await entries()
    assert (entry.username, entry.program_id, entry.kind) == ("tester", PROGRAM, "changes")
    assert (entry.messages, entry.complete) == (3, False)
    await api.get(answer["meta"]["nextPageUrl"])
    await store.record_receipts(PROGRAM, [make_receipt(id="m-1")])
    await api.get(CHANGES, params={"after": answer["meta"]["nextToken"]})
    [entry] = await entries()
    assert (entry.messages, entry.complete) == (3 + 2 + 3, True)


async def test_a_feed_that_is_read_from_a_token_of_a_head_request_or_another_s_is_entered(
    api: httpx.AsyncClient, store: Store, store_url: str, entries: Entries
) -> None:
    await fill(store, 5)
    url = (await api.head(CHANGES, params={"limit": 1})).links["next"]["url"]
    async with application(store, store_url, user="other") as other:
        for client in (api, other):
            assert len((await client.get(url)).json()["data"]["messages"]) == 1
    told = {each.username: (each.kind, each.messages) for each in await entries()}
    assert told == {"tester": ("changes", 1), "other": ("changes", 1)}


async def test_an_answer_of_the_feed_without_entries_writes_nothing(
    api: httpx.AsyncClient, store: Store
) -> None:
    token = (await api.get(CHANGES)).json()["meta"]["nextToken"]
    for asked in ({}, {"after": token}, {"after": token, "wait": 1}):
        assert (await api.get(CHANGES, params=asked)).status_code == 200
    assert await store.exports(LogQuery(limit=9)) == []


async def test_a_feed_has_an_entry_for_each_program_day_and_epoch(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    await fill(store, 2)
    await store.create_program(make_program(id=7, name="Other", keywords=()))
    await store.record_messages(7, [make_message()])
    for path in (CHANGES, CHANGES, "/api/messages/program/7/changes"):
        await api.get(path)
    tomorrow = instant.now() + instant.DAY
    monkeypatch.setattr(instant, "now", lambda: tomorrow)
    await api.get(CHANGES)
    await store.renew_epoch("another")
    await api.get(CHANGES)
    told = sorted((each.program_id, each.messages) for each in await entries())
    assert told == [(7, 1), (PROGRAM, 2), (PROGRAM, 2), (PROGRAM, 4)]


async def test_a_feed_over_several_servers_has_one_entry_with_what_all_have_served(
    api: httpx.AsyncClient, store: Store, store_url: str, entries: Entries
) -> None:
    await fill(store, 6)
    url = f"{CHANGES}?limit=1"
    async with application(store, store_url, user="other") as another:
        another.auth = ("tester", SECRET)
        servers = cycle([another, api])
        while url:
            url = (await next(servers).get(url)).json()["meta"]["nextPageUrl"]
    [entry] = await entries()
    assert (entry.messages, entry.complete) == (6, True)


async def test_opt_outs_have_an_entry_with_their_code(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    stop = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED, "body": "STOP"}
    numbers = [f"1555666777{number}" for number in range(3)]
    await store.record_messages(PROGRAM, [make_message(id=n, number=n, **stop) for n in numbers])
    await api.head(OPT_OUTS)
    assert (await api.get(OPT_OUTS, params={"format": "csv"})).status_code == 200
    [entry] = await entries()
    assert (entry.kind, entry.filters) == ("opt-outs csv", "shortCode=20880")
    assert (entry.program_id, entry.messages, entry.complete) == (0, 3, True)


@pytest.mark.parametrize("path", [PAGES, EXPORT, CHANGES, OPT_OUTS])
async def test_what_cannot_be_entered_is_not_exported(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    async def away(*_: Store | ExportEntry) -> None:
        raise Unavailable.store()

    await fill(store, 3)
    monkeypatch.setattr(Store, "enter_export", away)
    answer = await api.get(path)
    assert (answer.status_code, answer.json()["data"]) == (503, None)
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From the call on nothing of the log can be written."""

    def begin(*also: str) -> None:
        for method in ("enter_export", "follow_exports", "note_uses", *also):
            monkeypatch.setattr(Store, method, None)

    return begin


async def assert_goes_on(client: httpx.AsyncClient, url: str) -> None:
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200
        url = answer.json()["meta"]["nextPageUrl"]


async def test_what_follows_in_a_walk_or_on_a_day_of_a_feed_asks_nothing_of_the_log(
    api: httpx.AsyncClient, store: Store, read_only: Callable[..., None]
) -> None:
    await fill(store, 30)
    url = await next_url(api, pageSize=10)
    feed = (await api.get(CHANGES, params={"limit": 10})).json()["meta"]["nextPageUrl"]
    read_only("has_export")
    await assert_goes_on(api, url)
    await assert_goes_on(api, feed)


async def test_what_another_server_has_entered_goes_on_where_nothing_can_be_written(
    api: httpx.AsyncClient, store: Store, store_url: str, read_only: Callable[..., None]
) -> None:
    await fill(store, 30)
    url = await next_url(api, pageSize=10)
    feed = (await api.get(CHANGES, params={"limit": 10})).json()["meta"]["nextPageUrl"]
    lines = lines_of(await api.get(EXPORT, params={"checkpoints": "true"}))
    resume = next(line["meta"]["resume"] for line in lines if "meta" in line)
    async with application(store, store_url, user="other") as another:
        another.auth = ("tester", SECRET)
        read_only()
        await assert_goes_on(another, url)
        await assert_goes_on(another, feed)
        assert (await another.get(EXPORT, params={"resume": resume})).status_code == 200


async def test_what_could_not_be_written_down_is_written_later(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    await fill(store, 30)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "follow_exports", None)
        await walk(api, pageSize=10)
        [entry] = await entries()
        assert (entry.messages, entry.complete) == (10, False)
    [entry] = await entries()
    assert (entry.messages, entry.complete) == (30, True)


async def test_what_cannot_be_written_of_exports_keeps_no_last_use_from_being_written(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    await fill(store, 30)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "follow_exports", None)
        await walk(api, pageSize=10)
        assert (await entries())[0].messages == 10
        assert list(await store.last_uses()) == ["tester"]


async def test_what_is_remembered_is_written_down_at_the_end(
    store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 30)
    monkeypatch.setattr(export_log, "_EVERY", 60)
    monkeypatch.setattr(export_log, "_SOON", 60)
    async with application(store, store_url) as api:
        await walk(api, pageSize=10)
    [entry] = await store.exports(LogQuery(limit=9))
    assert (entry.messages, entry.complete) == (30, True)
    assert list(await store.last_uses()) == ["tester"]


async def test_a_server_that_ends_in_the_middle_of_writing_counts_nothing_twice(
    store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 30)
    written = asyncio.Event()

    async def follow_slowly(store: Store, progress: list[Progress]) -> None:
        await follow(store, progress)
        written.set()
        await asyncio.sleep(0.2)

    follow = type(store).follow_exports
    monkeypatch.setattr(type(store), "follow_exports", follow_slowly)
    async with application(store, store_url) as api:
        await api.get(CHANGES)
        await written.wait()
    [entry] = await store.exports(LogQuery(limit=9))
    assert (entry.messages, entry.complete) == (30, True)


async def test_more_exports_than_are_known_are_entered_again_and_count_right(
    api: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    await fill(store, 12)
    monkeypatch.setattr(export_log, "_MOST_KNOWN", 2)
    urls = [await next_url(api, pageSize=4) for _ in range(5)]
    while any(urls):
        urls = [(await api.get(url)).json()["meta"]["nextPageUrl"] for url in urls]
    assert [(each.messages, each.complete) for each in await entries()] == [(12, True)] * 5


async def test_a_credential_s_last_use_is_that_of_its_latest_request(
    api: httpx.AsyncClient, store: Store, entries: Entries
) -> None:
    unused = Credential(username="unused", scopes=frozenset({Scope.EXPORT}))
    await store.create_credential(unused, digest_of("x"))
    for _ in range(2):
        await api.get(PAGES)
        await entries()
        used = await store.last_uses()
        assert list(used) == ["tester"]
    assert (await api.get(PAGES, auth=("unused", "wrong"))).status_code == 401
    await entries()
    assert await store.last_uses() == used


def make_progress(**what_matters: Any) -> Progress:
    plausible: dict[str, Any] = {
        "export_id": b"e",
        "skipped": 0,
        "reached": 50,
        "updated_at": 1,
        "complete": False,
    }
    return Progress(**{**plausible, **what_matters})


def test_progress_is_the_same_in_whatever_order_it_comes() -> None:
    parts = [
        make_progress(reached=50),
        make_progress(skipped=50, reached=100, updated_at=3),
        make_progress(skipped=100, reached=120, updated_at=2, complete=True),
        make_progress(skipped=50, reached=100, updated_at=2, added=3),
        make_progress(added=4),
    ]
    whole = make_progress(reached=120, updated_at=3, complete=True, added=7)
    assert {reduce(export_log.combined, order) for order in permutations(parts)} == {whole}

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from smsledger.ledger import cursor as cursors
from smsledger.ledger import instant
from smsledger.ledger.fields import INCLUDABLE
from smsledger.ledger.instant import DAY, HOUR, SECOND
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.store.store import Store
from tests.application import PAGES, application, walk
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt


async def fill(store: Store, count: int = 10, **what_matters: Any) -> None:
    messages = [
        make_message(id=f"m-{n}", body=str(n), date=YESTERDAY + n * SECOND, **what_matters)
        for n in range(count)
    ]
    await store.record_messages(PROGRAM, messages)


async def bodies(api: httpx.AsyncClient, **parameters: Any) -> list[str]:
    return [message["body"] for message in await walk(api, **parameters)]


async def next_url(api: httpx.AsyncClient, **parameters: Any) -> str:
    answer = await api.get(PAGES, params=parameters)
    url: str = answer.json()["meta"]["nextPageUrl"]
    return url


def problems(answer: httpx.Response) -> list[tuple[str, str]]:
    return [
        (each["code"], each.get("parameter")) for each in answer.json()["meta"]["generalErrors"]
    ]


async def test_a_page_has_the_six_fields_in_order_and_data_before_meta(
    api: httpx.AsyncClient, store: Store
) -> None:
    await store.record_messages(PROGRAM, [make_message(body="Hi 👋", network=None)])
    answer = await api.get(PAGES)
    assert answer.status_code == 200
    assert list(answer.json()) == ["data", "meta"]
    [message] = answer.json()["data"]["messages"]
    assert list(message) == ["type", "deliveryStatus", "number", "body", "date", "network"]
    assert (message["body"], message["network"]) == ("Hi 👋", None)


async def test_a_page_names_campaign_program_and_type(api: httpx.AsyncClient) -> None:
    data = (await api.get(PAGES)).json()["data"]
    assert data == {
        "campaignName": "Default Campaign",
        "programName": "Summer Sale",
        "programType": "Text to Join",
        "messages": [],
    }


async def test_a_window_of_one_microsecond_is_walked_to_its_last_page(
    api: httpx.AsyncClient, store: Store
) -> None:
    dates = [YESTERDAY - 1, YESTERDAY, YESTERDAY, YESTERDAY, YESTERDAY + 1]
    messages = [make_message(id=str(n), body=str(n), date=date) for n, date in enumerate(dates)]
    await store.record_messages(PROGRAM, messages)
    date = instant.render_micros(YESTERDAY)
    assert await bodies(api, startDate=date, endDate=date, pageSize=1) == ["1", "2", "3"]


async def test_a_walk_gives_every_message_once(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 120)
    assert await bodies(api, pageSize=7) == [str(n) for n in range(120)]
    assert len((await api.get(PAGES)).json()["data"]["messages"]) == 50


async def test_the_next_page_url_has_every_filter_resolved_dates_and_a_cursor(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 3)
    url = await next_url(
        api,
        pageSize=1,
        messageType="mt",
        endDate="2999-01-01T00:00:00",
        deliveryStatus="Sent",
        number="15556667777",
        network=["T-Mobile", "AT&T, LLC"],
        include="id",
    )
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith(f"http://ledger.test{PAGES}?messageType=MT&startDate=")
    assert asked["endDate"] == ["2999-01-01T00:00:00.999999"]
    assert (asked["page"], asked["pageSize"]) == (["2"], ["1"])
    assert asked["network"] == ["AT&T, LLC", "T-Mobile"]
    assert len(asked["startDate"][0]) == 26
    assert asked["deliveryStatus"] == ["Sent"]
    assert asked["number"] == ["15556667777"]
    assert (asked["include"], "cursor" in asked) == (["id"], True)


async def test_the_next_page_is_linked_and_the_last_is_not(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 2)
    answer = await api.get(PAGES, params={"pageSize": 1})
    url = answer.json()["meta"]["nextPageUrl"]
    assert answer.headers["link"] == f'<{url}>; rel="next"'
    last = await api.get(url)
    assert last.json()["meta"]["nextPageUrl"] is None
    assert "link" not in last.headers


async def test_what_comes_in_during_a_walk_is_not_in_it(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 6)
    url = await next_url(api, pageSize=3)
    await store.record_messages(PROGRAM, [make_message(id="new", date=YESTERDAY + 4 * SECOND)])
    rest = (await api.get(url)).json()
    assert [message["body"] for message in rest["data"]["messages"]] == ["3", "4", "5"]
    assert rest["meta"]["nextPageUrl"] is None


async def test_a_status_is_the_one_at_the_time_its_page_is_read(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 4)
    url = await next_url(api, pageSize=2)
    await store.record_receipts(PROGRAM, [make_receipt(id="m-3")])
    messages = (await api.get(url)).json()["data"]["messages"]
    assert [message["deliveryStatus"] for message in messages] == ["Sent", "Delivered"]


async def test_a_day_s_bounds_are_inclusive_to_their_whole_second(
    api: httpx.AsyncClient, store: Store
) -> None:
    last = instant.midnight(YESTERDAY) - 1
    await store.record_messages(PROGRAM, [make_message(date=last)])
    day = instant.render_seconds(last)
    assert len(await bodies(api, startDate=f"{day[:10]}T00:00:00", endDate=day)) == 1
    assert await bodies(api, startDate=instant.render_seconds(last + 1)) == []


async def test_a_date_of_an_answer_can_be_asked_with(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 1)
    [message] = await walk(api)
    assert (
        len(await walk(api, startDate=message["date"], endDate=message["date"] + ".999999Z")) == 1
    )


async def test_filters_without_a_hit_give_an_empty_walk(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 1)
    for filters in (
        {"messageType": "MO"},
        {"number": "1"},
        {"network": ""},
        {"deliveryStatus": "Error"},
    ):
        assert await bodies(api, **filters) == []


async def test_a_filter_that_a_client_drops_beside_a_cursor_is_taken_from_it(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 4)
    await store.record_messages(PROGRAM, [make_message(id="x", number="1555000", body="x")])
    url = await next_url(api, pageSize=2, number="15556667777")
    cursor = parse_qs(urlsplit(url).query)["cursor"][0]
    answer = (await api.get(PAGES, params={"cursor": cursor})).json()
    assert [message["body"] for message in answer["data"]["messages"]] == ["2", "3"]


async def test_the_largest_request_there_can_be_can_be_followed(
    api: httpx.AsyncClient, store: Store
) -> None:
    numbers = [f"{10**19 + n}" for n in range(100)]
    networks = ["", *(chr(0x1F600 + n) * 20 for n in range(50))]
    many = [make_message(id=str(n), number=numbers[-1], network=networks[-1]) for n in range(2)]
    await store.record_messages(PROGRAM, many)
    everything = {"deliveryStatus": ",".join(DeliveryStatus), "include": ",".join(INCLUDABLE)}
    filters = {"number": ",".join(numbers), "network": networks, **everything, "messageType": "MT"}
    url = await next_url(api, pageSize=1, **filters)
    assert len(url) > 16_000
    assert len((await api.get(url)).json()["data"]["messages"]) == 1


async def test_the_page_size_and_the_included_fields_may_change_during_a_walk(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 6)
    url = httpx.URL(await next_url(api, pageSize=1)).copy_merge_params(
        {"pageSize": "5", "include": "id"}
    )
    messages = (await api.get(url)).json()["data"]["messages"]
    assert [message["id"] for message in messages] == [f"m-{n}" for n in range(1, 6)]


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"messageType": "MO"}, "messageType"),
        ({"number": "1"}, "number"),
        ({"page": "3"}, "page"),
        ({"endDate": "2020-01-01T00:00:00"}, "startDate"),
        ({"network": "x"}, "network"),
    ],
)
async def test_another_filter_beside_a_cursor_is_named(
    api: httpx.AsyncClient, store: Store, change: dict[str, str], parameter: str
) -> None:
    await fill(store, 3)
    url = httpx.URL(await next_url(api, pageSize=1)).copy_merge_params(change)
    answer = await api.get(url)
    assert answer.status_code == 400
    assert problems(answer) == [("invalid_parameter", parameter)]


async def test_pages_can_be_counted(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 5)
    counted = [
        (await api.get(PAGES, params={"pageSize": 2, "page": n})).json() for n in (1, 2, 3, 4)
    ]
    assert [[m["body"] for m in page["data"]["messages"]] for page in counted] == [
        ["0", "1"],
        ["2", "3"],
        ["4"],
        [],
    ]
    assert [bool(page["meta"]["nextPageUrl"]) for page in counted] == [True, True, False, False]


async def test_counting_too_deep_is_told_to_follow_the_next_page_url(
    api: httpx.AsyncClient,
) -> None:
    answer = await api.get(PAGES, params={"pageSize": 500, "page": 2002})
    assert answer.status_code == 400
    assert problems(answer) == [("page_too_deep", "page")]


async def cursor_of(api: httpx.AsyncClient, store: Store, **changes: Any) -> str:
    """A cursor as handed out, with changes that only its checksum would tell."""
    import msgspec

    await fill(store, 3)
    url = await next_url(api, pageSize=1)
    cursor = cursors.decode(parse_qs(urlsplit(url).query)["cursor"][0])
    walk = msgspec.structs.replace(cursor.walk, **changes.pop("walk", {}))
    return cursors.encode(msgspec.structs.replace(cursor, walk=walk, **changes))


async def test_an_old_cursor_has_expired(api: httpx.AsyncClient, store: Store) -> None:
    old = await cursor_of(api, store, issued=instant.now() - 25 * HOUR)
    answer = await api.get(PAGES, params={"cursor": old})
    assert answer.status_code == 400
    assert problems(answer) == [("walk_expired", "cursor")]


async def test_a_cursor_of_another_epoch_is_a_conflict_and_never_an_empty_page(
    api: httpx.AsyncClient, store: Store
) -> None:
    cursor = await cursor_of(api, store)
    await store.renew_epoch("another")
    answer = await api.get(PAGES, params={"cursor": cursor})
    assert answer.status_code == 409
    assert problems(answer) == [("ledger_restored", "cursor")]


async def test_a_cursor_beyond_the_ledger_is_a_conflict(
    api: httpx.AsyncClient, store: Store
) -> None:
    ahead = await cursor_of(api, store, walk={"pin": 4})
    answer = await api.get(PAGES, params={"cursor": ahead})
    assert (answer.status_code, problems(answer)) == (409, [("ledger_restored", "cursor")])


async def test_a_cursor_of_a_program_before_its_deletion_is_a_conflict(
    api: httpx.AsyncClient, store: Store
) -> None:
    cursor = await cursor_of(api, store)
    await store.delete_program(PROGRAM)
    await store.create_program(make_program())
    await fill(store, 9)
    answer = await api.get(PAGES, params={"cursor": cursor})
    assert (answer.status_code, problems(answer)) == (409, [("ledger_restored", "cursor")])
    assert len(await bodies(api, pageSize=2)) == 9


async def test_a_cursor_of_another_program_is_refused(api: httpx.AsyncClient, store: Store) -> None:
    await store.create_program(make_program(id=7, name="Other", keywords=()))
    cursor = await cursor_of(api, store)
    answer = await api.get("/api/messages/program/7", params={"cursor": cursor})
    assert (answer.status_code, problems(answer)) == (400, [("invalid_cursor", "cursor")])


async def test_a_cursor_works_on_another_process(
    api: httpx.AsyncClient, store: Store, store_url: str
) -> None:
    await fill(store, 3)
    url = await next_url(api, pageSize=1)
    async with application(store, store_url, user="other") as another:
        assert len((await another.get(url)).json()["data"]["messages"]) == 1


async def test_the_window_of_today_is_a_setting(store: Store, store_url: str) -> None:
    now = instant.now()
    await store.record_messages(
        PROGRAM, [make_message(date=now - DAY), make_message(id="now", date=now)]
    )
    async with application(store, store_url, default_window="today") as api:
        url = await next_url(api, pageSize=1)
        assert url is None
        assert len(await walk(api)) == 1
        assert len(await walk(api, startDate="2020-01-01T00:00:00")) == 2


async def test_the_default_page_size_is_a_setting(store: Store, store_url: str) -> None:
    await fill(store, 101)
    async with application(store, store_url, default_page_size=100) as api:
        assert len((await api.get(PAGES)).json()["data"]["messages"]) == 100


async def test_messages_beyond_retention_are_not_shown(store: Store, store_url: str) -> None:
    await fill(store, 3)
    async with application(store, store_url, retention_days=1) as api:
        assert await bodies(api, startDate="2000-01-01T00:00:00") in (["1", "2"], ["2"], [])


async def test_head_answers_as_get_without_a_body(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 3)
    head, get = await api.head(PAGES), await api.get(PAGES)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_a_page_is_compressed_only_for_who_accepts_it(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 50)
    for accepted, coding in (
        ("gzip", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("*", "gzip"),
    ):
        answer = await api.get(PAGES, headers={"accept-encoding": accepted})
        assert answer.headers.get("content-encoding") == coding
        assert len(answer.json()["data"]["messages"]) == 50
        assert answer.headers["vary"] == "accept-encoding"


async def test_every_answer_has_a_request_id_and_is_not_stored(api: httpx.AsyncClient) -> None:
    given = await api.get(PAGES, headers={"x-request-id": "mine-1"})
    assert given.headers["x-request-id"] == "mine-1"
    made = await api.get(PAGES, headers={"x-request-id": "no good\x01"})
    assert len(made.headers["x-request-id"]) == 16
    assert made.headers["cache-control"] == "no-store"


async def test_included_fields_follow_the_six(api: httpx.AsyncClient, store: Store) -> None:
    mo = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED}
    await store.record_messages(PROGRAM, [make_message(short_code="20880", **mo)])
    answer = await api.get(PAGES, params={"include": "shortCode,id"})
    [message] = json.loads(answer.content)["data"]["messages"]
    assert list(message)[6:] == ["id", "shortCode"]

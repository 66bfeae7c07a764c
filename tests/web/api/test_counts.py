"""Counts over HTTP: exactly what an export of the same window has."""

from collections import Counter
from typing import Any

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.instant import DAY, HOUR, MINUTE
from smsledger.ledger.model import Credential, DeliveryStatus, MessageType, Scope
from smsledger.store.store import Store
from tests.application import COUNTS, SECRET, application, walk
from tests.making import PROGRAM, YESTERDAY, make_message, make_receipt
from tests.web.api.test_pages import problems

MIDNIGHT = instant.midnight(YESTERDAY)
MO = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED}


async def ask(api: httpx.AsyncClient, **parameters: Any) -> list[dict[str, Any]]:
    answer = await api.get(COUNTS, params=parameters)
    assert answer.status_code == 200, answer.text
    counts: list[dict[str, Any]] = answer.json()["data"]["counts"]
    return counts


async def fill(store: Store) -> None:
    """Messages of three days, some of them answered, some delivered."""
    messages = [
        make_message(
            id=f"m-{n}",
            date=MIDNIGHT - DAY + n * 37 * MINUTE,
            segments=(None, 1, 2)[n % 3],
            network=("T-Mobile", None, "AT&T Mobility, LLC")[n % 3],
            **(MO if n % 4 == 0 else {}),
        )
        for n in range(90)
    ]
    await store.record_messages(PROGRAM, messages)
    await store.record_receipts(PROGRAM, [make_receipt(id=f"m-{n}") for n in range(1, 90, 4)])


def counted(messages: list[dict[str, Any]], length: int) -> list[dict[str, Any]]:
    """The counts as they should be, from an export with `segments`."""
    found: Counter[tuple[str, str, str]] = Counter()
    segments: Counter[tuple[str, str, str]] = Counter()
    unknown: Counter[tuple[str, str, str]] = Counter()
    for each in messages:
        first = instant.parse(each["date"]).first // length * length
        key = (instant.render_seconds(first), each["type"], each["deliveryStatus"])
        found[key] += 1
        segments[key] += each["segments"] or 0
        unknown[key] += each["segments"] is None
    names = ("period", "type", "deliveryStatus", "messages", "segments", "segmentsUnknown")
    return [
        dict(zip(names, (*key, found[key], segments[key], unknown[key]), strict=True))
        for key in sorted(found)
    ]


@pytest.mark.parametrize("by", ["day", "hour"])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"messageType": "mo"},
        {"deliveryStatus": "Sent,Received"},
        {"network": ["", "T-Mobile"]},
        {"startDate": instant.render_micros(MIDNIGHT - 5 * HOUR + 17)},
        {"endDate": instant.render_seconds(MIDNIGHT + 10 * HOUR + 59 * MINUTE)},
        {"startDate": instant.render_seconds(MIDNIGHT), "network": "AT&T Mobility, LLC"},
    ],
)
async def test_counts_are_those_of_an_export_of_the_same_window(
    api: httpx.AsyncClient, store: Store, by: str, asked: dict[str, Any]
) -> None:
    await fill(store)
    exported = await walk(api, include="segments", pageSize=500, **asked)
    assert exported
    assert await ask(api, by=by, **asked) == counted(exported, {"day": DAY, "hour": HOUR}[by])


async def test_an_answer_names_the_program_and_has_no_next_page(
    api: httpx.AsyncClient, store: Store
) -> None:
    await store.record_messages(PROGRAM, [make_message(date=MIDNIGHT + HOUR, segments=2)])
    answer = (await api.get(COUNTS)).json()
    assert answer["data"] == {
        "campaignName": "Default Campaign",
        "programName": "Summer Sale",
        "programType": "Text to Join",
        "counts": [
            {
                "period": instant.render_seconds(MIDNIGHT),
                "type": "MT",
                "deliveryStatus": "Sent",
                "messages": 1,
                "segments": 2,
                "segmentsUnknown": 0,
            }
        ],
    }
    assert answer["meta"] == {"generalErrors": [], "nextPageUrl": None}


async def test_a_window_without_messages_has_no_counts(api: httpx.AsyncClient) -> None:
    assert await ask(api) == []


async def test_the_default_window_is_that_of_pages(store: Store, store_url: str) -> None:
    await store.record_messages(PROGRAM, [make_message(), make_message(id="new", date=None)])
    async with application(store, store_url, default_window="today") as api:
        assert sum(each["messages"] for each in await ask(api)) == 1


async def test_what_is_over_its_retention_is_not_counted(store: Store, store_url: str) -> None:
    old = instant.now() - 2 * DAY
    await store.record_messages(PROGRAM, [make_message(), make_message(id="old", date=old - 1)])
    async with application(store, store_url, retention_days=2) as api:
        assert sum(each["messages"] for each in await ask(api)) == 1


async def test_all_that_is_wrong_is_said_at_once(api: httpx.AsyncClient) -> None:
    asked = {"by": "week", "number": "15556667777", "startDate": "yesterday"}
    answer = await api.get(COUNTS, params=asked)
    assert answer.status_code == 400
    assert set(problems(answer)) == {
        ("invalid_parameter", "by"),
        ("unknown_parameter", "number"),
        ("invalid_parameter", "startDate"),
    }


async def test_a_start_after_the_end_is_refused(api: httpx.AsyncClient) -> None:
    asked = {"startDate": "2014-12-05T10:00:01", "endDate": "2014-12-05T10:00:00"}
    assert problems(await api.get(COUNTS, params=asked)) == [("invalid_parameter", "startDate")]


async def test_counts_need_the_scope_of_an_export(api: httpx.AsyncClient, store: Store) -> None:
    reader = Credential(username="reader", scopes=frozenset({Scope.REPORT}))
    await store.create_credential(reader, digest_of(SECRET))
    assert (await api.get(COUNTS, auth=None)).status_code == 401
    assert (await api.get(COUNTS, auth=("reader", SECRET))).status_code == 403
    assert (await api.get(COUNTS.replace(str(PROGRAM), "7"))).status_code == 404

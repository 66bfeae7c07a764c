"""Whole exports: one walk in one answer, its forms, its checkpoints and its manifest."""

import csv
import hashlib
import io
import json
from typing import Any

import httpx
import openpyxl
import pyarrow.parquet
import pytest

from smsledger.ledger import cursor as cursors
from smsledger.ledger import instant
from smsledger.ledger.instant import SECOND
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.store.store import Store
from smsledger.web.api import exports
from tests.application import CHANGES, EXPORT, PAGES, walk
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.web.api.test_changes import token_of
from tests.web.api.test_pages import fill, next_url, problems

ODD = "\x85\u2028\u2029"
INCLUDED = "id,shortCode,segments,updatedAt,errorCode,gateway"


@pytest.fixture
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of three messages."""
    monkeypatch.setattr(exports, "STEP", 3)


def lines_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def messages_of(answer: httpx.Response) -> list[dict[str, str | None]]:
    return [line for line in lines_of(answer) if "meta" not in line]


async def export(api: httpx.AsyncClient, **parameters: str) -> httpx.Response:
    return await api.get(EXPORT, params=parameters)


async def test_an_export_has_every_message_of_a_walk_once_and_in_its_order(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 20)
    answer = await export(api)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert messages_of(answer) == await walk(api)


async def odd_everywhere(store: Store) -> None:
    """Messages whose texts all hold what some readers take for the end of a line."""
    odd = {"network": ODD, "short_code": ODD, "error_code": ODD, "gateway": ODD, "body": ODD}
    await store.record_messages(PROGRAM, [make_message(id=f"{n}{ODD}", **odd) for n in range(3)])
    await store.record_receipts(PROGRAM, [make_receipt(id=f"0{ODD}", text=ODD, gateway=ODD)])


async def test_readers_of_lines_find_a_message_on_each(
    api: httpx.AsyncClient, store: Store
) -> None:
    await odd_everywhere(store)
    answer = await export(api, include=INCLUDED)
    for lines in (answer.text.splitlines(), list(answer.iter_lines())):
        messages = [json.loads(line) for line in lines]
        assert [message["id"] for message in messages] == [f"{n}{ODD}" for n in range(3)]
        assert {message[name] for message in messages for name in ("body", "gateway")} == {ODD}


async def test_pages_and_the_feed_are_one_line(api: httpx.AsyncClient, store: Store) -> None:
    await store.create_program(make_program(id=7, name=ODD, keywords=()))
    await odd_everywhere(store)
    await store.erase(PROGRAM, [f"1{ODD}"])
    feed_page = await api.get(CHANGES, params={"include": f"{INCLUDED},history"})
    assert feed_page.json()["data"]["messages"][1]["history"][0]["text"] == ODD
    for answer in (feed_page, await api.get(PAGES), await api.get(PAGES.replace("121811", "7"))):
        assert len(answer.text.splitlines()) == 1


async def test_an_export_of_nothing_is_empty(api: httpx.AsyncClient) -> None:
    answer = await export(api)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_filters_are_those_of_pages(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 12)
    await store.record_receipts(PROGRAM, [make_receipt(id="m-7")])
    mo = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED, "network": None}
    await store.record_messages(PROGRAM, [make_message(id="mo", number="1555000", **mo)])
    for filters in (
        {"messageType": "mo"},
        {"network": ""},
        {"number": "1555000,15556667777"},
        {"deliveryStatus": "Sent", "include": INCLUDED},
        {"deliveryStatus": "Delivered,Received", "messageType": "MT"},
        {"number": "15556667777", "deliveryStatus": "Delivered"},
        {"endDate": instant.render_seconds(YESTERDAY + 2 * SECOND)},
    ):
        exported = messages_of(await export(api, **filters))
        assert exported
        assert exported == await walk(api, **filters)


async def test_under_a_filter_a_step_looks_at_so_many_messages_and_may_find_none(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 10)
    mo = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED}
    found = [  # the last message of the first step, and the first of the second
        make_message(id=f"mo-{n}", body=f"mo-{n}", date=YESTERDAY + SECOND + n, **mo)
        for n in (1, 2)
    ]
    await store.record_messages(PROGRAM, found)
    whole = lines_of(await export(api, messageType="MO", checkpoints="true", manifest="true"))
    assert [line.get("body") for line in whole] == ["mo-1", None, "mo-2", None, None, None]
    told = [line["meta"] for line in whole if "meta" in line]
    assert [meta["messages"] for meta in told] == [1, 2, 2, 2]
    places = [cursors.decode(meta["resume"]).key.date for meta in told[:-1]]
    assert places == [found[1].date, YESTERDAY + 4 * SECOND, YESTERDAY + 7 * SECOND]
    assert told[-1]["complete"]


async def test_where_messages_are_long_a_step_is_of_few() -> None:
    sizes, size = [], exports.FIRST_STEP
    for length in (200, 200, 200, 200, 40_000, 40_000, 200):
        sizes.append(size)
        size = exports._next_size(size, size * length)
    assert sizes == [500, 1000, 2000, 2000, 2000, 52, 52]
    assert size == 104


async def test_a_manifest_counts_the_messages_and_digests_the_bytes_before_it(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 10)
    answer = await export(api, manifest="true")
    *messages, last = answer.content.splitlines(keepends=True)
    told = json.loads(last)["meta"]
    assert told["complete"]
    assert told["messages"] == len(messages) == 10
    assert told["sha256"] == hashlib.sha256(b"".join(messages)).hexdigest()


async def test_the_manifest_s_token_is_the_walk_s_pin(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 4)
    token = lines_of(await export(api, manifest="true"))[-1]["meta"]["changes"]
    assert token_of(token).change == 4


async def test_a_checkpoint_digests_what_came_before_it_and_can_be_resumed_from(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 10)
    whole = (await export(api, checkpoints="true")).content
    assert whole.count(b'{"meta"') == 3
    lines = whole.splitlines(keepends=True)
    for place in [place for place, line in enumerate(lines) if line.startswith(b'{"meta"')]:
        told = json.loads(lines[place])["meta"]
        before = b"".join(lines[:place])
        assert told["sha256"] == hashlib.sha256(before).hexdigest()
        rest = messages_of(await export(api, resume=told["resume"]))
        had = [json.loads(line) for line in lines[:place] if not line.startswith(b'{"meta"')]
        assert told["messages"] == len(had)
        assert had + rest == await walk(api)


async def test_what_came_in_meanwhile_is_not_in_a_resumed_export(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 6)
    resume = lines_of(await export(api, checkpoints="true"))[3]["meta"]["resume"]
    await store.record_messages(PROGRAM, [make_message(id="new", date=YESTERDAY + 5 * SECOND)])
    answer = await export(api, resume=resume, manifest="true")
    *messages, manifest = lines_of(answer)
    assert [message["body"] for message in messages] == ["3", "4", "5"]
    assert token_of(manifest["meta"]["changes"]).change == 6


async def test_a_page_s_cursor_can_be_resumed_from_and_a_checkpoint_paged_from(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 8)
    url = await next_url(api, pageSize=2)
    cursor = url.rpartition("cursor=")[2]
    assert len(messages_of(await export(api, resume=cursor))) == 6
    resume = lines_of(await export(api, checkpoints="true"))[3]["meta"]["resume"]
    assert len(await walk(api, cursor=resume)) == 5


async def test_a_csv_resumes_without_a_second_header(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 7)
    whole = (await export(api, format="csv", checkpoints="true")).text
    rows = list(csv.DictReader(io.StringIO(whole, newline="")))
    assert [bool(row["resume"]) for row in rows] == [False, False, True, False, False, True, False]
    rest = (await export(api, format="csv", resume=rows[2]["resume"])).text
    assert [row[3] for row in csv.reader(io.StringIO(rest, newline=""))] == ["3", "4", "5", "6"]


@pytest.mark.parametrize("form", ["csv", "csv-excel", "parquet", "xlsx"])
async def test_every_form_has_every_message(
    api: httpx.AsyncClient, store: Store, short_steps: None, form: str
) -> None:
    await fill(store, 11)
    answer = await export(api, format=form, include="id")
    assert answer.status_code == 200
    assert f'filename="messages-{PROGRAM}.' in answer.headers["content-disposition"]
    assert READ[form](answer.content) == [f"m-{n}" for n in range(11)]


def read_csv(content: bytes, encoding: str = "utf-8") -> list[str]:
    rows = csv.DictReader(io.StringIO(content.decode(encoding), newline=""))
    return [row["id"].removeprefix("'") for row in rows]


def read_xlsx(content: bytes) -> list[str]:
    rows = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active.values
    next(rows)
    return [row[6] for row in rows]


READ = {
    "csv": read_csv,
    "csv-excel": lambda content: read_csv(content, "utf-8-sig"),
    "parquet": lambda content: (
        pyarrow.parquet.read_table(io.BytesIO(content)).column("id").to_pylist()
    ),
    "xlsx": read_xlsx,
}


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("text/html, */*;q=0.1", "application/x-ndjson"),
    ],
)
async def test_the_form_is_what_is_accepted(
    api: httpx.AsyncClient, accepted: str, given: str
) -> None:
    answer = await api.get(EXPORT, headers={"accept": accepted})
    assert answer.headers["content-type"] == given


async def test_it_is_compressed_for_who_accepts_it_but_for_what_is_compressed_already(
    api: httpx.AsyncClient, store: Store
) -> None:
    await fill(store, 100)
    for form, coding in (("ndjson", "gzip"), ("csv", "gzip"), ("parquet", None), ("xlsx", None)):
        answer = await export(api, format=form)
        assert answer.headers.get("content-encoding") == coding
    answer = await api.get(EXPORT, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert len(messages_of(answer)) == 100


async def test_head_answers_as_get_without_a_body(api: httpx.AsyncClient, store: Store) -> None:
    await fill(store, 3)
    answer = await api.head(EXPORT, params={"format": "csv"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({"format": "xml"}, "format"),
        ({"format": "csv,xlsx"}, "format"),
        ({"format": "csv", "manifest": "true"}, "manifest"),
        ({"format": "xlsx", "checkpoints": "true"}, "checkpoints"),
        ({"manifest": "yes"}, "manifest"),
        ({"pageSize": "5"}, "pageSize"),
        ({"startDate": "2020-01-02T00:00:00", "endDate": "2020-01-01T00:00:00"}, "startDate"),
    ],
)
async def test_what_cannot_be_exported_is_named(
    api: httpx.AsyncClient, parameters: dict[str, str], parameter: str
) -> None:
    answer = await export(api, **parameters)
    assert answer.status_code == 400
    assert [each for _, each in problems(answer)] == [parameter]


async def test_a_resume_of_another_program_or_another_walk_is_refused(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 6)
    await store.create_program(make_program(id=7, name="Other", keywords=()))
    resume = lines_of(await export(api, checkpoints="true"))[3]["meta"]["resume"]
    other = await api.get("/api/messages/program/7/export", params={"resume": resume})
    assert (other.status_code, problems(other)) == (400, [("invalid_cursor", "resume")])
    differing = await export(api, resume=resume, messageType="MO")
    assert problems(differing) == [("invalid_parameter", "messageType")]
    for form in ("xlsx", "parquet", "csv-excel"):
        assert problems(await export(api, resume=resume, format=form)) == [
            ("invalid_parameter", "resume")
        ]


async def test_a_resume_of_another_epoch_is_a_conflict(
    api: httpx.AsyncClient, store: Store, short_steps: None
) -> None:
    await fill(store, 6)
    resume = lines_of(await export(api, checkpoints="true"))[3]["meta"]["resume"]
    await store.renew_epoch("another")
    answer = await export(api, resume=resume)
    assert (answer.status_code, problems(answer)) == (409, [("ledger_restored", "resume")])


async def test_a_resume_after_the_walk_expired_is_told_so(
    api: httpx.AsyncClient, store: Store, short_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store, 6)
    resume = lines_of(await export(api, checkpoints="true"))[3]["meta"]["resume"]
    later = instant.now() + 25 * instant.HOUR
    monkeypatch.setattr(instant, "now", lambda: later)
    answer = await export(api, resume=resume)
    assert (answer.status_code, problems(answer)) == (400, [("walk_expired", "resume")])


async def test_an_export_needs_the_scope_and_the_program_of_a_page(api: httpx.AsyncClient) -> None:
    assert (await api.get(EXPORT, auth=("nobody", "x"))).status_code == 401
    assert (await api.get("/api/messages/program/999/export")).status_code == 404
    assert (await api.post(EXPORT)).status_code == 405
    assert (await api.get(PAGES)).status_code == 200

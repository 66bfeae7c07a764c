"""Generated requests, at the parsers and at the application: whatever comes, an answer in form."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsledger.errors import InvalidRequest, Problem, UriTooLong
from smsledger.intake import ingest, rows
from smsledger.intake.rows import DateBounds
from smsledger.ledger import cursor as cursors
from smsledger.ledger import instant
from smsledger.ledger.cursor import InvalidCursor
from smsledger.ledger.model import Message, Receipt, Rejected
from smsledger.ledger.walk import Cursor, PageRequest
from smsledger.store.store import Store
from smsledger.web.api.pages import parse_page_request
from tests.application import PAGES, RECEIPTS, walk
from tests.making import PROGRAM, make_message, make_row
from tests.properties import bodies, forgeries, queries
from tests.properties.asking import ask, problems_of

BOUNDS = DateBounds.at(instant.now(), 365)
many = settings(max_examples=300, deadline=None)
# Through the application; its one ledger serves all examples of a test.
some = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(queries.right())
def test_what_is_meant_is_what_is_read(case: tuple[list[tuple[str, str]], dict[str, Any]]) -> None:
    pairs, fields = case
    asked = parse_page_request(queries.encoded(pairs).encode(), 50, 365)
    assert asked == PageRequest(**{"page_size": 50, **fields})


@many
@given(queries.wrong())
def test_all_that_is_wrong_is_reported_at_once_each_by_its_name(
    case: tuple[list[tuple[str, str]], set[str]],
) -> None:
    pairs, names = case
    with pytest.raises(InvalidRequest) as caught:
        parse_page_request(queries.encoded(pairs).encode(), 50, 365)
    assert Counter(problem.parameter for problem in caught.value.problems) == Counter(names)


@many
@given(queries.garbage)
def test_a_query_string_of_any_bytes_is_read_or_refused_by_name(query: bytes) -> None:
    problems: Sequence[Problem] = ()
    try:
        assert isinstance(parse_page_request(query, 50, 365), PageRequest)
    except UriTooLong:
        assert len(query) > 16_000
    except InvalidRequest as error:
        problems = error.problems
    assert None not in {problem.parameter for problem in problems}


@many
@given(forgeries.scrap | st.text(max_size=40))
def test_a_cursor_of_any_content_is_read_or_refused(text: str) -> None:
    with suppress(InvalidCursor):
        assert isinstance(cursors.decode(text), Cursor)


@many
@given(bodies.objects, st.sampled_from([(rows.message, Message), (rows.receipt, Receipt)]))
def test_a_row_of_any_content_is_a_row_or_rejected_by_a_field_of_its_own(
    raw: bytes, reading: tuple[Callable[[bytes, DateBounds], Message | Receipt | Rejected], type]
) -> None:
    read, kind = reading
    row = read(raw, BOUNDS)
    assert isinstance(row, (kind, Rejected))
    if isinstance(row, Rejected) and row.code not in {"invalid_json", "missing_field"}:
        assert row.field in json.loads(raw)


@many
@given(bodies.garbage)
def test_a_body_of_any_bytes_is_rows_or_refused_whole(body: bytes) -> None:
    found = []
    with suppress(InvalidRequest):
        found = list(ingest.checked(body, partial(rows.message, bounds=BOUNDS)))
    assert all(isinstance(row, (Message, Rejected)) for row in found)


@some
@given(query=queries.garbage)
async def test_the_server_answers_any_query_string_in_form(
    api: httpx.AsyncClient, query: bytes
) -> None:
    answer = await ask(api, PAGES, query)
    assert answer.status_code in {200, 400, 414}
    if answer.status_code == 400:
        assert all("parameter" in problem for problem in problems_of(answer))


@some
@given(data=st.data())
async def test_the_server_answers_any_forged_cursor_in_form(
    api: httpx.AsyncClient, store: Store, data: st.DataObject
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    cursor = data.draw(forgeries.forged(await store.epoch()))
    answer = await ask(api, PAGES, b"cursor=" + cursor.encode())
    assert answer.status_code in {200, 400, 409, 414}
    if answer.status_code in {400, 409}:
        assert all(problem["parameter"] == "cursor" for problem in problems_of(answer))


@some
@given(body=bodies.garbage, address=st.sampled_from([PAGES, RECEIPTS]))
async def test_the_server_answers_any_body_in_form(
    api: httpx.AsyncClient, body: bytes, address: str
) -> None:
    answer = await api.post(address, content=body)
    if answer.status_code == 200:
        report = answer.json()["data"]
        assert report["rejected"] == len(report["rejections"])
        assert all(rejection["message"] for rejection in report["rejections"])
    else:
        assert answer.status_code == 400
        problems_of(answer)


@some
@given(data=st.data())
async def test_a_bad_row_is_named_and_never_spoils_the_good_ones(
    api: httpx.AsyncClient, data: st.DataObject
) -> None:
    as_lines = data.draw(st.booleans())
    known = (*bodies.BAD, *bodies.BAD_LINES) if as_lines else bodies.BAD
    bad = data.draw(st.lists(st.sampled_from(known), max_size=4))
    place = data.draw(st.integers(0, len(bad)))
    if as_lines and place and bad[0][0].startswith(b"["):
        place = 0  # what begins so is taken for an array
    good = json.dumps(make_row(id="good", body="Héllo 👋"), ensure_ascii=False).encode()
    raw = [row for row, _ in bad]
    raw.insert(place, good)
    answer = await api.post(PAGES, content=bodies.lines(raw) if as_lines else bodies.array(raw))
    report = answer.json()["data"]
    assert report["accepted"] + report["duplicates"] == 1
    fields = [field for _, field in bad]
    fields.insert(place, "the good one")
    found = {each["index"]: each["field"] for each in report["rejections"]}
    assert found == {n: field for n, field in enumerate(fields) if n != place}


# What the generated requests have found so far, one by one.


@pytest.mark.parametrize(
    "content",
    [
        {"pin": 2**63},
        {"pin": 2**64 - 1},
        {"serial": 2**63},
        {"statuses": ["Sent"] * 1100},
        {"networks": [None] * 1100},
    ],
    ids=["pin 2^63", "pin 2^64-1", "serial 2^63", "1100 statuses", "1100 networks"],
)
async def test_a_forged_cursor_beyond_what_the_store_can_count_is_no_error_of_ours(
    api: httpx.AsyncClient, store: Store, content: dict[str, Any]
) -> None:
    answer = await api.get(
        PAGES, params={"cursor": forgeries.forge(await store.epoch(), **content)}
    )
    assert answer.status_code in {400, 409}
    assert problems_of(answer)[0]["parameter"] == "cursor"


async def test_a_forged_cursor_does_not_repeat_a_message_on_a_page(
    api: httpx.AsyncClient, store: Store
) -> None:
    await store.record_messages(PROGRAM, [make_message(date=instant.now() - instant.HOUR)])
    cursor = forgeries.forge(await store.epoch(), pin=1, statuses=["Sent", "Sent"])
    answer = await api.get(PAGES, params={"cursor": cursor})
    assert answer.status_code == 400 or len(answer.json()["data"]["messages"]) == 1


async def test_any_number_of_networks_is_served_or_refused_by_name(api: httpx.AsyncClient) -> None:
    names = [f"{n:x}" for n in range(1200)]
    answer = await ask(api, PAGES, "&".join(f"network={name}" for name in names).encode())
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert problems_of(answer)[0]["parameter"] == "network"


@pytest.mark.parametrize(("count", "length"), [(15, 1000), (30, 400), (150, 90), (1000, 4)])
async def test_a_walk_whose_first_page_is_served_can_be_walked_to_its_end(
    api: httpx.AsyncClient, store: Store, count: int, length: int
) -> None:
    messages = [make_message(id=f"m-{n}") for n in range(7)]
    await store.record_messages(PROGRAM, messages)
    networks = ["T-Mobile", *(f"{n:04d}".ljust(length, "x") for n in range(count))]
    first = await api.get(PAGES, params={"pageSize": 2, "network": networks})
    if first.status_code in {400, 414}:
        assert problems_of(first)[0]["parameter"] == "network"
    else:
        assert len(await walk(api, pageSize=2, network=networks)) == 7


@pytest.mark.parametrize("query", [b"network=%ff&page=0", b"network=%00&page=0", b"page=0&%ff=1"])
async def test_bytes_that_are_no_text_are_one_problem_among_the_others(
    api: httpx.AsyncClient, query: bytes
) -> None:
    problems = problems_of(await ask(api, PAGES, query))
    assert len(problems) == 2
    assert "page" in {problem["parameter"] for problem in problems}


async def test_a_line_that_is_nested_too_deep_spoils_no_other_even_as_the_first(
    api: httpx.AsyncClient,
) -> None:
    deep = b'{"id":' + b"[" * bodies.DEEP
    good = json.dumps(make_row()).encode()
    answer = await api.post(PAGES, content=bodies.lines([deep, good]))
    assert answer.json()["data"]["accepted"] == 1


async def test_an_unknown_field_of_any_name_is_named(api: httpx.AsyncClient) -> None:
    answer = await api.post(PAGES, json=[make_row(**{"not a name": 1})])
    assert answer.json()["data"]["rejections"][0]["field"] == "not a name"

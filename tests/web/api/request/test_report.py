"""What is asked of a report, and that it is what the API would be asked for."""

from typing import Any
from urllib.parse import urlencode

import pytest

from smsledger.errors import InvalidRequest, Problem, UriTooLong
from smsledger.ledger import instant
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.ledger.walk import NO_PIN, Key, PageRequest, WalkRules, begin
from smsledger.web.api.pages import parse_page_request
from smsledger.web.api.request.report import ReportRequest, api_pairs, parse_report_request, typed

RULES = WalkRules(window="retention", retention_days=365, page_size=50)
PLACE = Key(1_700_000_000_000_000, 7)


def parse(text: str) -> ReportRequest:
    return parse_report_request(text.encode())


def problems(text: str) -> dict[str | None, Problem]:
    with pytest.raises(InvalidRequest) as caught:
        parse(text)
    return {problem.parameter: problem for problem in caught.value.problems}


def dates(text: str) -> list[str | None]:
    return [
        None if date is None else instant.render_micros(date)
        for date in (parse(text).page.start, parse(text).page.end)
    ]


def walk() -> Any:
    asked = PageRequest(start=1000, end=2000)
    return begin(asked, 1, 1000, RULES)


def test_a_form_that_was_not_filled_in_asks_for_all() -> None:
    blank = "messageType=&startDate=&endDate=+&number=&zone=&pageSize="
    assert parse("") == parse(blank) == ReportRequest(page=PageRequest())


def test_every_field_is_read() -> None:
    asked = parse(
        "messageType=MT&deliveryStatus=Sent&deliveryStatus=Error&number=%2B15556667777"
        "&network=AT%26T&network=&pageSize=25&zone=Asia/Tokyo&older=1700000000000000.7"
    )
    assert asked.page == PageRequest(
        message_type=MessageType.MT,
        delivery_statuses=(DeliveryStatus.SENT, DeliveryStatus.ERROR),
        numbers=("15556667777",),
        networks=(None, "AT&T"),
        page_size=25,
    )
    assert (asked.zone, asked.older, asked.newer) == ("Asia/Tokyo", PLACE, None)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-07-01", "2026-07-01T00:00:00.000000", "2026-07-01T23:59:59.999999"),
        ("2026-07-01T10:05", "2026-07-01T10:05:00.000000", "2026-07-01T10:05:59.999999"),
        ("2026-07-01T10:05:07", "2026-07-01T10:05:07.000000", "2026-07-01T10:05:07.999999"),
        ("2026-07-01T10:05:07.5", "2026-07-01T10:05:07.500000", "2026-07-01T10:05:07.599999"),
        ("2026-07-01T10:05:07Z", "2026-07-01T10:05:07.000000", "2026-07-01T10:05:07.999999"),
    ],
)
def test_a_date_is_inclusive_to_the_precision_given(written: str, first: str, last: str) -> None:
    assert dates(f"startDate={written}&endDate={written}") == [first, last]


def test_dates_are_what_the_clock_of_the_zone_shows() -> None:
    window = "startDate=2026-03-29T00:00&endDate=2026-03-29T23:59&zone=Europe/Berlin"
    assert dates(window) == ["2026-03-28T23:00:00.000000", "2026-03-29T21:59:59.999999"]


def test_a_date_with_a_zone_of_its_own_is_left_alone() -> None:
    window = "startDate=2026-07-01T00:00:00Z&endDate=2026-07-01T00:00:00-05:00&zone=Asia/Tokyo"
    assert dates(window) == ["2026-07-01T00:00:00.000000", "2026-07-01T05:00:00.999999"]


def test_hours_that_come_twice_are_both_in_the_window() -> None:
    window = "startDate=2026-10-25T02:00&endDate=2026-10-25T02:59&zone=Europe/Berlin"
    assert dates(window) == ["2026-10-25T00:00:00.000000", "2026-10-25T01:59:59.999999"]


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("messageType=MX", "messageType"),
        ("startDate=yesterday", "startDate"),
        ("endDate=2026-02-30T10:00", "endDate"),
        ("deliveryStatus=Sent&deliveryStatus=Lost", "deliveryStatus"),
        ("number=1555x", "number"),
        ("zone=Europe/Atlantis", "zone"),
        ("zone=../../etc/passwd", "zone"),
        ("pageSize=51", "pageSize"),
        ("older=1.x", "older"),
        ("older=999999999999999999.1", "older"),
        ("older=1.1&newer=1.1", "older"),
        ("network=%ff", "network"),
        ("cursor=x", "cursor"),
        ("startDate=2026-07-02T00:00&endDate=2026-07-01T00:00", "startDate"),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_names_it(text: str, parameter: str) -> None:
    assert list(problems(text)) == [parameter]


def test_all_that_is_wrong_is_said_at_once_and_in_the_words_of_the_api() -> None:
    wrong = "messageType=MX&startDate=soon&number=x&deliveryStatus=Lost"
    with pytest.raises(InvalidRequest) as caught:
        parse_page_request(wrong.encode(), 50, 365)
    assert tuple(problems(wrong).values()) == caught.value.problems
    assert "no such date" in problems("endDate=2026-02-30T10:00")["endDate"].message


def test_a_report_is_what_the_api_is_asked_for() -> None:
    asked = parse(
        "messageType=MT&deliveryStatus=Sent&deliveryStatus=Error&number=1,2&network=&network=a%26b"
        "&startDate=2026-07-01T10:00&endDate=2026-07-02T10:00:00.5&zone=Asia/Kolkata&pageSize=25"
    ).page
    again = parse_page_request(urlencode(list(api_pairs(asked))).encode(), 25, 365)
    assert again == asked
    assert dict(api_pairs(asked))["startDate"] == "2026-07-01T04:30:00"


def test_the_newest_page_is_read_back_from_the_end() -> None:
    asked = parse("pageSize=25").query(walk())
    assert (asked.key, asked.descending, asked.size) == (None, True, 25)
    assert parse("").is_newest


def test_pages_lead_back_and_forth() -> None:
    older = parse("older=1700000000000000.7")
    assert older.newer_key(None) == Key(PLACE.date, 8)
    assert older.older_key(Key(5, 6)) == Key(5, 6)
    newer = parse("newer=1700000000000000.7")
    assert not newer.query(walk()).descending
    assert newer.newer_key(Key(5, 6)) == Key(5, 6)
    assert newer.older_key(None) == Key(PLACE.date, 6)
    assert parse("newer=9.0").older_key(None) == Key(8, NO_PIN)
    assert parse("").newer_key(None) is None


def test_a_place_outside_of_the_window_is_brought_into_it() -> None:
    assert parse("older=5000.1").query(walk()).key == Key(2000, NO_PIN)
    assert parse("newer=1.1").query(walk()).key == Key(1000, 0)


def test_what_was_typed_is_shown_again_and_can_be_shown() -> None:
    assert typed(b"number=+x&zone=&network=&network=%ff&strange=1") == {
        "number": ["x"],
        "network": ["", "?"],
    }


def test_a_query_that_is_too_long_is_refused() -> None:
    with pytest.raises(UriTooLong):
        parse("network=" + "x" * 40_000)

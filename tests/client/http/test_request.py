from typing import Any

import pytest

from smsledger.client.http.request import ExportRequest, base_url

BASE = "https://sms.example"
PAGE = f"{BASE}/api/messages/program/121811?page=1"
DATES = "startDate=2014-12-01T00:00:00&endDate=2014-12-31T23:59:59"


def make_request(**what_matters: Any) -> ExportRequest:
    asked: dict[str, Any] = {"base": BASE, "program_id": 121811, "user": "etl"}
    dates = {"start": "2014-12-01T00:00:00", "end": "2014-12-31T23:59:59"}
    return ExportRequest(**asked | dates | what_matters)


def test_the_first_url_has_both_dates_and_every_filter() -> None:
    request = make_request(filters=(("messageType", "MO"), ("network", "AT&T, Inc")))
    assert request.first_url == (
        f"{BASE}/api/messages/program/121811?{DATES}&messageType=MO&network=AT%26T,%20Inc"
    )


def test_filters_lost_in_a_next_page_url_are_put_back() -> None:
    filters = (("pageSize", "500"), ("network", "A"), ("network", ""), ("number", "+1555"))
    following = make_request(filters=filters).next_url(PAGE, f"{BASE}/x?page=2")
    assert following == f"{BASE}/x?page=2&{DATES}&pageSize=500&network=A&network=&number=%2B1555"


def test_what_a_next_page_url_says_is_not_overridden() -> None:
    request = make_request(filters=(("pageSize", "500"), ("network", "A"), ("network", "B")))
    said = f"{BASE}/x?page=2&pageSize=100&network=&startDate=2014-12-02T00:00:00.5+00:00"
    assert request.next_url(PAGE, said) == f"{said}&endDate=2014-12-31T23:59:59"


def test_a_next_page_url_with_a_cursor_is_complete() -> None:
    following = f"{BASE}/x?page=2&cursor=abc"
    assert make_request(filters=(("messageType", "MO"),)).next_url(PAGE, following) == following


@pytest.mark.parametrize(
    "next_page_url",
    [
        "http://sms.example/x/y?cursor=1",
        "https://evil.example/x/y?cursor=1",
        "https://sms.example:8443/x/y?cursor=1",
        "https://etl:secret@sms.example/x/y?cursor=1#top",
        "//evil.example/x/y?cursor=1",
        "/x/y?cursor=1",
    ],
)
def test_the_next_url_stays_on_the_origin(next_page_url: str) -> None:
    assert make_request().next_url(PAGE, next_page_url) == f"{BASE}/x/y?cursor=1"


def test_a_query_alone_is_of_the_same_path() -> None:
    assert make_request().next_url(PAGE, "?page=2") == f"{PAGE[:-1]}2&{DATES}"


@pytest.mark.parametrize("nonsense", ["http://[", "http://a b/?\x00", "?page=\ud83d"])
def test_a_next_page_url_that_is_none_is_an_error(nonsense: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        make_request().next_url(PAGE, nonsense)


@pytest.mark.parametrize("text", ["http://h/sms", "http://h/sms/", "http://H:80/sms/"])
def test_a_base_url_has_one_spelling(text: str) -> None:
    assert base_url(text) == "http://h/sms"


@pytest.mark.parametrize(
    "text",
    ["h", "ftp://h", "http://", "http://h:99999", "http://u:p@h", "http://h?a=1"],
)
def test_what_is_no_base_url_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        base_url(text)


def test_dates_that_were_not_given_do_not_make_another_request() -> None:
    yesterday = make_request(end="2014-12-30T00:00:00", defaulted=("end",))
    today = make_request(end="2014-12-31T00:00:00", defaulted=("end",))
    assert today.asks_as(yesterday)
    assert not today.asks_as(make_request(end="2014-12-31T00:00:00"))
    assert not today.asks_as(make_request(end=today.end, defaulted=("end",), user="other"))

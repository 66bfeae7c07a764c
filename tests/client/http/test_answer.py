import json
from typing import Any

import pytest

from smsledger.client.errors import NotAPage
from smsledger.client.http import answer
from tests.client.original import make_error, make_message, make_page


def read(*messages: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return answer.read(json.dumps(make_page(*messages)).encode()).messages


@pytest.mark.parametrize("number", ["15556667777", 15556667777, 15556667777.0])
def test_a_number_is_text_whatever_the_server_writes(number: float | str) -> None:
    (message,) = read(make_message(number=number))
    assert message["number"] == "15556667777"
    assert list(message) == list(make_message())


def test_unknown_words_and_fields_are_kept() -> None:
    odd = make_message(type="RCS", deliveryStatus="Seen", number=None, reactions=[{"a": 1.5}])
    assert read(odd) == (odd,)


def test_data_may_come_before_or_after_meta() -> None:
    page = make_page(make_message(number="1"), next_page_url="https://h/?page=2")
    swapped = {"data": page["data"], "meta": page["meta"]}
    read = answer.read(json.dumps(swapped).encode())
    assert read == answer.read(json.dumps(page).encode())
    assert read.next_page_url == "https://h/?page=2"


def test_half_a_surrogate_pair_is_read() -> None:
    (message,) = read(make_message(body="cut \ud83d"))
    assert message["body"] == "cut \ud83d"


@pytest.mark.parametrize("body", [b"", b'{"meta": {"ne', b"<html>", b"\xff"])
def test_what_is_not_whole_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        answer.read(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"meta": {}, "data": null}',
        b'{"meta": {}, "data": {"messages": [1]}}',
        b'{"meta": {"nextPageUrl": 2}, "data": {"messages": []}}',
    ],
)
def test_json_of_another_form_is_not_a_page(body: bytes) -> None:
    with pytest.raises(NotAPage):
        answer.read(body)


def test_a_refusal_shows_message_parameter_and_hint() -> None:
    reply = make_error(400, "invalid_parameter", "No date.", parameter="endDate", hint="Fix it.")
    assert answer.refusal(reply.body) == (
        frozenset({"invalid_parameter"}),
        ("No date. (endDate) Fix it.",),
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [("plain\x1b[2J text", r"plain\x1b[2J text"), ({"code": 7}, '{"code": 7}'), (None, "null")],
)
def test_a_general_error_of_any_form_is_shown(
    error: dict[str, int] | str | None, line: str
) -> None:
    body = json.dumps({"meta": {"generalErrors": [error]}}).encode()
    assert answer.refusal(body)[1] == (line,)


def test_a_proxys_page_is_a_refusal_without_words() -> None:
    assert answer.refusal(b"<h1>Bad Request</h1>") == (frozenset(), ())

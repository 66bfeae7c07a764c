import json
import time
from collections.abc import Callable

import pytest

from smsledger.client.errors import ForeignOrigin, GaveUp, NotAPage, Refused, WalkLost
from smsledger.client.http.answer import Answer
from smsledger.client.http.wire import Wire
from tests.client.conftest import SECRET, USER, MakeRequest
from tests.client.original import PATH, Original, Reply, make_error, make_message, make_page

Ask = Callable[..., Answer]


@pytest.fixture
def ask(original: Original, make_request: MakeRequest) -> Ask:
    """Asks the server for its first page."""
    original.messages = [make_message()]

    def page(retries: int = 1) -> Answer:
        with Wire(original.url, USER, SECRET, retries=retries) as wire:
            return wire.page(make_request().first_url)

    return page


def test_user_and_secret_are_sent_in_utf_8(original: Original, ask: Ask) -> None:
    assert ask().messages[0]["body"] == "JOIN 1"
    assert original.credentials == [f"{USER}:{SECRET}"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429),
        Reply(status=500),
        Reply(status=502, body=b"<h1>Bad Gateway</h1>"),
        Reply(status=504),
        Reply(body=json.dumps(make_page(make_message())).encode(), breaks_off=True),
        Reply(body=b'{"meta": {"nextPa'),
        Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again(original: Original, ask: Ask, reply: Reply) -> None:
    original.replies.append(reply)
    assert len(ask().messages) == 1
    assert len(original.asked) == 2


def test_a_damaged_ledger_is_not_asked_again(original: Original, ask: Ask) -> None:
    original.replies.append(make_error(500, "store_damaged", "The ledger is damaged."))
    with pytest.raises(Refused, match="The ledger is damaged"):
        ask()
    assert len(original.asked) == 1


def test_retry_after_is_waited_for(original: Original, ask: Ask) -> None:
    original.replies.append(Reply(status=503, headers={"Retry-After": "1"}))
    begun = time.monotonic()
    ask()
    assert 1 <= time.monotonic() - begun < 3


def test_the_tries_are_bounded(original: Original, ask: Ask) -> None:
    original.replies.extend([make_error(503, "draining", "The server is stopping.")] * 9)
    with pytest.raises(GaveUp, match=r"after 2 tries: .* 503 .*; The server is stopping\."):
        ask(retries=1)
    assert len(original.asked) == 2


def test_a_server_that_is_not_there_is_given_up() -> None:
    with Wire("http://127.0.0.1:1", USER, SECRET, retries=0) as wire, pytest.raises(GaveUp):
        wire.page("http://127.0.0.1:1/")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 414])
def test_other_refusals_stop_at_once_and_say_why(original: Original, ask: Ask, status: int) -> None:
    error = make_error(status, "some_code", "Not so.", parameter="endDate", hint="But so.")
    original.replies.append(error)
    with pytest.raises(Refused, match=rf"answered {status}(.|\n)*Not so\. \(endDate\) But so\."):
        ask()
    assert len(original.asked) == 1


def test_a_200_with_general_errors_is_a_refusal(original: Original, ask: Ask) -> None:
    page = make_page(make_message())
    page["meta"]["generalErrors"] = ["Half of the messages could not be read."]
    original.replies.append(Reply(body=json.dumps(page).encode()))
    with pytest.raises(Refused, match=r"Half of the messages"):
        ask()


def test_another_api_is_not_tried_again(original: Original, ask: Ask) -> None:
    original.replies.append(Reply(body=b'{"results": []}'))
    with pytest.raises(NotAPage):
        ask()
    assert len(original.asked) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(400, "walk_expired"), (400, "invalid_cursor"), (409, "ledger_restored")]
)
def test_a_lost_walk_is_told_from_other_refusals(
    original: Original, ask: Ask, status: int, code: str
) -> None:
    original.replies.append(make_error(status, code))
    with pytest.raises(WalkLost):
        ask()


def test_a_redirect_on_the_same_origin_is_followed(original: Original, ask: Ask) -> None:
    original.replies.append(Reply(status=307, headers={"Location": f"{PATH}?page=1"}))
    assert len(ask().messages) == 1
    assert original.credentials == [f"{USER}:{SECRET}"] * 2


def test_redirects_in_a_circle_end(original: Original, ask: Ask) -> None:
    original.replies.extend([Reply(status=307, headers={"Location": PATH})] * 99)
    with pytest.raises(Refused, match=r"more than 5 redirects"):
        ask()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_an_error(
    original: Original, elsewhere: Original, ask: Ask, status: int
) -> None:
    there = Reply(status=status, headers={"Location": f"{elsewhere.url}{PATH}"})
    original.replies.append(there)
    with pytest.raises(ForeignOrigin, match=rf"redirects to another origin, {elsewhere.url}"):
        ask()
    assert elsewhere.asked == []


def test_an_idle_wire_asks_no_other_origin(elsewhere: Original, original: Original) -> None:
    with Wire(original.url, USER, SECRET) as wire, pytest.raises(ForeignOrigin):
        wire.page(elsewhere.url)
    assert elsewhere.asked == []

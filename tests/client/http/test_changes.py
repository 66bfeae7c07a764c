"""Pages of the change feed that are not what they should be."""

import json
from collections.abc import Callable

import pytest

from smsledger.client.errors import NoFeed, NotAPage
from smsledger.client.http import changes
from smsledger.client.http.changes import ChangeRequest
from smsledger.client.http.wire import Wire
from tests.client.conftest import SECRET, USER
from tests.client.original import Original, Reply, make_page

PAGE = {
    "data": {"messages": [{"id": "m-1", "change": 1}]},
    "meta": {"nextToken": "t-1", "nextPageUrl": None, "generalErrors": []},
}


Ask = Callable[[], changes.ChangePage]


@pytest.fixture
def ask(original: Original) -> Ask:
    def page() -> changes.ChangePage:
        request = ChangeRequest(base=original.url, program_id=121811)
        with Wire(original.url, USER, SECRET, retries=1) as wire:
            return changes.page(wire, request)

    return page


@pytest.mark.parametrize("body", [b'{"data": {"messages": [{"id"', b"<h1>Bad Gateway</h1>", b""])
def test_a_page_that_is_not_whole_is_requested_again(
    original: Original, ask: Ask, body: bytes
) -> None:
    original.replies.extend([Reply(body=body), Reply(body=json.dumps(PAGE).encode())])
    page = ask()
    assert (page.entries, page.next_token) == (({"id": "m-1", "change": 1},), "t-1")
    assert len(original.asked) == 2


def test_a_page_of_another_form_is_refused_at_once(original: Original, ask: Ask) -> None:
    original.replies.append(Reply(body=json.dumps(make_page()).encode()))
    with pytest.raises(NotAPage, match="not a page of changes"):
        ask()
    assert len(original.asked) == 1


def test_the_original_has_no_feed(original: Original, ask: Ask) -> None:
    with pytest.raises(NoFeed):
        ask()
    assert len(original.asked) == 1

from collections.abc import Iterator

import pytest

from smsledger.client.errors import NotAPage, PageLoop
from smsledger.client.http import walk
from smsledger.client.http.wire import Wire
from tests.client.conftest import SECRET, USER, MakeRequest
from tests.client.original import PATH, Original, make_message

PAGED = (("messageType", "MO"), ("pageSize", "2"))


@pytest.fixture
def wire(original: Original) -> Iterator[Wire]:
    with Wire(original.url, USER, SECRET, retries=0) as wire:
        yield wire


def test_a_walk_gives_each_message_once_in_order(
    original: Original, wire: Wire, make_request: MakeRequest
) -> None:
    original.messages = [make_message(serial) for serial in range(7)]
    bodies = [message["body"] for message in walk.messages(wire, make_request(filters=PAGED))]
    assert bodies == [f"JOIN {serial}" for serial in range(7)]
    assert original.pages_asked == [1, 2, 3, 4]


def test_every_page_is_asked_for_with_the_filters_of_the_first(
    original: Original, wire: Wire, make_request: MakeRequest
) -> None:
    original.messages = [
        make_message(serial, type="MT" if serial % 2 else "MO", date=f"2014-{month}-05T10:00:00")
        for serial, month in enumerate(["11", "12"] * 6)
    ] + [make_message(serial) for serial in range(5)]
    walked = list(walk.messages(wire, make_request(filters=PAGED)))
    assert [message["body"] for message in walked] == [f"JOIN {serial}" for serial in range(5)]


def test_a_walk_goes_on_from_a_later_page(
    original: Original, wire: Wire, make_request: MakeRequest
) -> None:
    original.messages = [make_message(serial) for serial in range(5)]
    first, *rest = walk.pages(wire, make_request(filters=PAGED))
    assert list(walk.pages(wire, make_request(filters=PAGED), first.next_url)) == rest


def test_a_program_without_messages_is_one_empty_page(
    wire: Wire, make_request: MakeRequest
) -> None:
    assert list(walk.pages(wire, make_request())) == [walk.Page((), None)]


def test_a_next_page_url_elsewhere_is_asked_for_here(
    original: Original, elsewhere: Original, wire: Wire, make_request: MakeRequest
) -> None:
    original.messages = elsewhere.messages = [make_message(serial) for serial in range(5)]
    original.next_page_url = lambda page: f"{elsewhere.url}{PATH}?page={page}"
    assert len(list(walk.messages(wire, make_request(filters=PAGED)))) == 5
    assert elsewhere.asked == []


def test_a_page_that_names_itself_ends_the_walk(
    original: Original, wire: Wire, make_request: MakeRequest
) -> None:
    original.messages = [make_message(serial) for serial in range(99)]
    original.next_page_url = lambda page: f"{original.url}{PATH}?page={min(page, 3)}"
    with pytest.raises(PageLoop, match=r"page=3"):
        list(walk.pages(wire, make_request(filters=PAGED)))
    assert original.pages_asked == [1, 2, 3]


@pytest.mark.parametrize("length", [2, 3, 5, 8])
def test_a_circle_of_pages_ends_the_walk(
    original: Original, wire: Wire, make_request: MakeRequest, length: int
) -> None:
    original.messages = [make_message(serial) for serial in range(99)]
    original.next_page_url = lambda page: f"?page={(page - 2) % length + 2}"
    with pytest.raises(PageLoop, match=r"circle"):
        list(walk.pages(wire, make_request(filters=PAGED)))
    assert len(original.asked) <= 3 * (1 + length)


def test_a_next_page_url_that_is_none_is_an_error(
    original: Original, wire: Wire, make_request: MakeRequest
) -> None:
    original.messages = [make_message(serial) for serial in range(9)]
    original.next_page_url = lambda _: "http://["
    with pytest.raises(NotAPage, match=r"nextPageUrl"):
        list(walk.pages(wire, make_request(filters=PAGED)))

"""Proved batches: of a stream that breaks, and of pages where there is no stream."""

import json
from collections.abc import Iterable, Iterator

import pytest

from smsledger.client.errors import GaveUp
from smsledger.client.http import batches as source
from smsledger.client.http.retry import Transient
from smsledger.client.http.wire import Wire
from tests.client.conftest import SECRET, USER, MakeRequest
from tests.client.original import Original, make_message
from tests.client.ours import EVERY, TOKEN, Ours


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses between tries."""
    monkeypatch.setattr("smsledger.client.http.retry._pause", lambda _: 0)


@pytest.fixture
def wire(ours: Ours) -> Iterator[Wire]:
    ours.messages = [make_message(serial) for serial in range(10)]
    with Wire(ours.url, USER, SECRET, retries=1) as wire:
        yield wire


def bodies(batches: Iterable[source.Batch]) -> list[str]:
    lines = b"".join(batch.lines for batch in batches).splitlines()
    return [json.loads(line)["body"] for line in lines]


def expected(server: Original) -> list[str]:
    return [message["body"] for message in server.messages]


def test_a_batch_is_what_a_mark_proves(ours: Ours, wire: Wire, make_request: MakeRequest) -> None:
    found = list(source.batches(wire, make_request(base=ours.url)))
    assert [batch.messages for batch in found] == [EVERY, EVERY, 2]
    assert [batch.next_url is None for batch in found] == [False, False, True]
    assert found[-1].changes == TOKEN
    assert bodies(found) == expected(ours)


def test_a_stream_that_breaks_is_resumed_behind_the_last_batch(
    ours: Ours, wire: Wire, make_request: MakeRequest
) -> None:
    ours.cuts = [900, 900]
    told: list[Transient] = []
    found = list(source.streamed(wire, make_request(base=ours.url), broken=told.append))
    assert bodies(found) == expected(ours)
    assert ours.resumed == [0, 4, 8]
    assert len(told) == 2


def test_a_stream_without_progress_is_given_up(
    ours: Ours, wire: Wire, make_request: MakeRequest
) -> None:
    ours.cuts = [900, 50, 50]
    told: list[Transient] = []
    batches = source.streamed(wire, make_request(base=ours.url), broken=told.append)
    assert next(batches).messages == EVERY
    with pytest.raises(GaveUp, match="after 2 tries"):
        next(batches)
    assert len(told) == 1


def test_a_later_process_continues_at_the_next_url(
    ours: Ours, wire: Wire, make_request: MakeRequest
) -> None:
    request = make_request(base=ours.url)
    first = next(source.streamed(wire, request))
    rest = list(source.streamed(wire, request, first.next_url))
    assert bodies([first, *rest]) == expected(ours)


def test_a_server_without_streams_is_read_in_pages(
    original: Original, make_request: MakeRequest
) -> None:
    original.messages = [make_message(serial) for serial in range(5)]
    request = make_request(filters=(("pageSize", "2"),))
    with Wire(original.url, USER, SECRET) as wire:
        found = list(source.batches(wire, request))
    assert [batch.messages for batch in found] == [2, 2, 1]
    assert bodies(found) == expected(original)
    with Wire(original.url, USER, SECRET) as wire:
        rest = list(source.paged(wire, request, found[0].next_url))
    assert rest == found[1:]

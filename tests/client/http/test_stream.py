"""Lines and marks of a whole export, cut anywhere."""

from collections.abc import Iterable

import pytest

from smsledger.client.errors import NotAPage
from smsledger.client.http import stream
from smsledger.client.http.retry import Transient
from tests.client.original import make_message
from tests.client.ours import EVERY, TOKEN, line, meta, whole_export

MESSAGES = [make_message(serial, body='{"meta": é👋\u2028\n{"meta"') for serial in range(10)]
WHOLE = whole_export(MESSAGES)
LINES = b"".join(line(each | {"number": str(each["number"])}) for each in MESSAGES)


def chunks(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def lines_of(pieces: Iterable[stream.Lines | stream.Mark]) -> bytes:
    return b"".join(piece.data for piece in pieces if isinstance(piece, stream.Lines))


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1000, 1_000_000])
def test_lines_and_marks_come_in_order_however_they_are_cut(size: int) -> None:
    pieces = list(stream.read(chunks(WHOLE, size)))
    assert lines_of(pieces) == LINES
    marks = [piece for piece in pieces if isinstance(piece, stream.Mark)]
    assert marks == [stream.Mark("c-4"), stream.Mark("c-8"), stream.Mark(None, TOKEN)]
    assert pieces[-1] == marks[-1]


def test_a_message_s_lines_before_a_mark_are_those_it_counts() -> None:
    pieces = iter(stream.read([WHOLE]))
    before = next(pieces)
    assert isinstance(before, stream.Lines)
    assert before.messages == EVERY


def test_cut_at_any_byte_it_is_broken() -> None:
    for cut in range(len(WHOLE) - 1):  # the last byte is the manifest's line feed
        with pytest.raises(Transient):
            list(stream.read([WHOLE[:cut]]))


def test_the_last_line_needs_no_line_feed() -> None:
    assert lines_of(stream.read([WHOLE[:-1]])) == LINES


def test_a_changed_byte_is_found_by_the_next_mark() -> None:
    spoilt = WHOLE.replace(b"10:00:02", b"10:00:03", 1)
    with pytest.raises(Transient, match=r"is not what its mark says"):
        list(stream.read([spoilt]))


def test_a_manifest_that_counts_otherwise_is_broken() -> None:
    body = LINES + meta(LINES, 9, complete=True)
    with pytest.raises(Transient, match=r"is not what its mark says"):
        list(stream.read([body]))


def test_a_manifest_that_is_not_complete_is_broken() -> None:
    with pytest.raises(Transient, match=r"without being complete"):
        list(stream.read([LINES + meta(LINES, 10, complete=False)]))


def test_a_walk_without_messages_is_its_manifest_alone() -> None:
    assert list(stream.read([whole_export([])])) == [stream.Mark(None, TOKEN)]


def test_an_endless_line_is_no_stream_of_messages() -> None:
    with pytest.raises(NotAPage, match=r"over .* bytes"):
        list(stream.read([b"x" * 1_000_000] * 20))

import pytest

from smsledger.errors import InvalidRequest, TooManyRows
from smsledger.intake import ingest
from smsledger.ledger.model import Rejected
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message, make_receipt


def rows(body: bytes) -> list[bytes]:
    return [bytes(row) for row in ingest.rows_of(body)]


def test_a_body_is_an_array_an_object_or_an_object_a_line() -> None:
    assert rows(b'[{"a":1}, {"a":2}]') == [b'{"a":1}', b'{"a":2}']
    assert rows(b'{\n "a": 1\n}') == [b'{\n "a": 1\n}']
    assert rows(b'\xef\xbb\xbf{"a":1}\r\n\r\n{"a":2}\n') == [b'{"a":1}', b'{"a":2}']
    assert rows(b"[]") == []
    assert rows(b'garbage\n{"a":1}') == [b"garbage", b'{"a":1}']


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"17", b'"text"', b"[1", b"{", b'{"a":1}{"b":2}', b"[" * 100_000]
)
def test_a_body_that_is_not_rows_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        rows(body)
    assert caught.value.problems[0].code == "invalid_body"


@pytest.mark.parametrize("row", [b"1", b'"\\ud800"'])
def test_more_rows_than_anyone_sends_are_refused(row: bytes) -> None:
    assert len(ingest.rows_of(b"[" + b",".join([row] * ingest.MAX_ROWS) + b"]")) == ingest.MAX_ROWS
    with pytest.raises(TooManyRows):
        ingest.rows_of(b"[" + b",".join([row] * (ingest.MAX_ROWS + 1)) + b"]")


@pytest.mark.parametrize("head", [b"", b"  \n\n", b"\xef\xbb\xbf \n"])
def test_a_lone_surrogate_spoils_its_row_only(head: bytes) -> None:
    good, bad = b'{"body":"good"}', rb'{"body":"\udcff"}'
    for body in (b"[" + bad + b"," + good + b"]", bad + b"\n" + good):
        assert rows(head + body) == [bad, good]
    assert rows(head + bad) == [bad]
    assert rows(head + bad + b"\n" + bad) == [bad, bad]


# Rows as they are written: of ASCII, of other characters, and such that one is part of the next.
GOOD = [b"1", b"11", b'{"a":1}', '{"b" : ["é👋"]}'.encode(), b'"\\u00e9"', b'{"a":1}']


@pytest.mark.parametrize(
    "bad", [b'"\xe9"', b'{"\xff":1,"a":"\xfe"}', b'"\\\xff"', b'"\\u00\xff\xff"']
)
@pytest.mark.parametrize("place", range(len(GOOD) + 1))
@pytest.mark.parametrize(
    ("head", "between", "tail"),
    [(b"[", b",", b"]"), (b"\xef\xbb\xbf [ ", b"\t,\n ", b" ] "), (b"\n \n", b"\r\n  \n  ", b"\n")],
)
def test_bytes_that_are_not_utf8_spoil_their_row_only(
    bad: bytes, place: int, head: bytes, between: bytes, tail: bytes
) -> None:
    body = head + between.join([*GOOD[:place], bad, *GOOD[place:]]) + tail
    found = [
        row if isinstance(row, Rejected) else row.strip() for row in ingest.checked(body, bytes)
    ]
    rejected = found.pop(place)
    assert isinstance(rejected, Rejected)
    assert found == GOOD
    offset = body.index(bad) + next(n for n, byte in enumerate(bad) if byte > 127)
    assert rejected.message.endswith(f" is not UTF-8 at byte {offset}")


def test_too_many_rows_are_refused_whatever_their_bytes() -> None:
    with pytest.raises(TooManyRows):
        ingest.checked(b"[" + b",".join([b'"\xff"'] * (ingest.MAX_ROWS + 1)) + b"]", bytes)


def test_an_array_with_a_lone_surrogate_keeps_the_rows_as_they_were_written() -> None:
    given = [b'{"body":"\\ud800"}', b'{"id":"a","id":"b"}', b"1.0", b'{"a" : [1,{}]}']
    assert rows(b" [" + b" ,\n".join(given) + b" ] ") == given


async def test_the_report_keeps_the_places_of_the_rejected(store: Store) -> None:
    bad = Rejected("number", "invalid_number", "why")
    given = (make_message(id="a"), bad, make_message(id="a"), make_message(id="b"))
    report = await ingest.messages(store, PROGRAM, given, any_code=True)
    assert (report.accepted, report.duplicates) == (2, 1)
    assert [(each.index, each.field) for each in report.rejections] == [(1, "number")]


async def test_a_body_of_several_batches_is_reported_as_one(store: Store) -> None:
    many = [make_message(id=f"m-{n}") for n in range(ingest.BATCH + 1)]
    many[-1] = make_message(id="m-0", body="another")
    report = await ingest.messages(store, PROGRAM, many, any_code=True)
    assert report.accepted == ingest.BATCH
    assert [each.index for each in report.rejections] == [ingest.BATCH]


async def test_receipts_that_wait_are_counted(store: Store) -> None:
    report = await ingest.receipts(store, PROGRAM, [make_receipt(id="not here yet")])
    assert (report.accepted, report.orphans) == (1, 1)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsledger.formats.csv import CsvEncoder

from .reading import HOSTILE, csv_rows, encoded, lines

BODY = 3


def test_the_columns_are_the_six_and_the_included_in_their_order() -> None:
    data = encoded("csv", {"segments": 2, "id": "m-1", "unknown": 1}, include=("segments", "id"))
    assert data == (
        b"type,deliveryStatus,number,body,date,network,id,segments\r\n"
        b"MO,Received,15556667777,JOIN,2014-12-05T10:00:00,T-Mobile,m-1,2\r\n"
    )


@pytest.mark.parametrize("body", HOSTILE)
def test_a_body_comes_back_as_it_was(body: str) -> None:
    assert csv_rows(encoded("csv", {"body": body}))[1][BODY] == body


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_bodies_come_back_as_they_were(bodies: list[str]) -> None:
    rows = csv_rows(encoded("csv", *({"body": body} for body in bodies)))
    assert [row[BODY] for row in rows[1:]] == bodies


def test_null_is_empty_and_the_empty_text_is_quoted() -> None:
    data = encoded("csv", {"body": "", "network": None})
    assert data.endswith(b'MO,Received,15556667777,"",2014-12-05T10:00:00,\r\n')


def test_half_a_surrogate_pair_is_its_escape() -> None:
    assert b",cut \\ud83d," in encoded("csv", {"body": "cut \ud83d"})


def test_an_export_without_messages_is_a_header() -> None:
    assert encoded("csv") == b"type,deliveryStatus,number,body,date,network\r\n"


def test_a_cursor_stands_in_the_last_row_of_its_call() -> None:
    encoder = CsvEncoder((), checkpoints=True)
    data = encoder.encode(lines({}, {}), resume="c1") + encoder.encode(lines({})) + encoder.finish()
    assert [row[-1] for row in csv_rows(data)] == ["resume", "", "c1", ""]


def test_what_is_resumed_has_no_header() -> None:
    encoder = CsvEncoder((), header=False)
    assert encoder.encode(lines({})).startswith(b"MO,")
    assert encoder.finish() == b""


def test_a_line_that_is_no_message_is_refused() -> None:
    with pytest.raises(ValueError, match="not a message"):
        CsvEncoder(()).encode(b"[1]\n")

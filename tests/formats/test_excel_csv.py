import pytest
from hypothesis import given
from hypothesis import strategies as st

from .reading import HOSTILE, csv_rows, encoded

BODY = 3


def cells(*bodies: str) -> list[str]:
    data = encoded("csv-excel", *({"body": body} for body in bodies))
    return [row[BODY] for row in csv_rows(data)[1:]]


def back(cell: str) -> str:
    return cell.removeprefix("'")


@pytest.mark.parametrize("body", HOSTILE)
def test_the_way_back_of_a_hostile_body(body: str) -> None:
    assert back(*cells(body)) == body


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_the_way_back_of_every_body(bodies: list[str]) -> None:
    assert list(map(back, cells(*bodies))) == bodies


@pytest.mark.parametrize("first", "=+-@\t\r'＝＋－＠ 0٣\u00a0\n")
def test_what_a_spreadsheet_would_not_leave_alone_gets_an_apostrophe(first: str) -> None:
    assert cells(f"{first}1") == [f"'{first}1"]


def test_other_texts_stay_as_they_are() -> None:
    assert cells("JOIN", "é", "👋", "a=1", "") == ["JOIN", "é", "👋", "a=1", ""]


def test_numbers_are_texts_and_dates_and_segments_are_not() -> None:
    message = {"segments": 2, "updatedAt": "2014-12-05T10:00:00.000001"}
    data = encoded("csv-excel", message, include=("segments", "updatedAt"))
    assert csv_rows(data)[1] == [
        *("MO", "Received", "'15556667777", "JOIN", "2014-12-05T10:00:00", "T-Mobile"),
        *("2", "2014-12-05T10:00:00.000001"),
    ]


def test_it_begins_with_a_byte_order_mark_once() -> None:
    assert encoded("csv-excel", {}, {}).count(b"\xef\xbb\xbf") == 1
    assert encoded("csv-excel") == b"\xef\xbb\xbftype,deliveryStatus,number,body,date,network\r\n"

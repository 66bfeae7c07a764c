import io
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest

from smsledger import formats
from smsledger.formats import xlsx
from smsledger.ledger import fields

from .reading import HOSTILE, encoded, lines, sheets, unescaped

BODY = 3
HEADER = fields.columns(())


def test_a_message_is_a_row_of_texts_a_date_and_a_count() -> None:
    message = {"segments": 2, "updatedAt": "2014-12-05T10:00:01.500000"}
    rows = sheets(encoded("xlsx", message, include=("segments", "updatedAt")))["Messages"]
    date, updated = datetime(2014, 12, 5, 10), datetime(2014, 12, 5, 10, 0, 1, 500_000)  # noqa: DTZ001
    assert rows == [
        fields.columns(("segments", "updatedAt")),
        ("MO", "Received", "15556667777", "JOIN", date, "T-Mobile", 2, updated),
    ]


def test_bodies_come_back_as_they_were() -> None:
    rows = sheets(encoded("xlsx", *({"body": body} for body in HOSTILE)))["Messages"]
    assert [unescaped(row[BODY]) for row in rows[1:]] == list(HOSTILE)


def test_nothing_is_a_formula() -> None:
    data = encoded("xlsx", *({"body": body} for body in HOSTILE))
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert b"<f" not in sheet
    assert {cell.data_type for row in book.active for cell in row} == {"s", "d"}


def test_null_is_an_empty_cell_and_the_empty_text_is_not() -> None:
    rows = sheets(encoded("xlsx", {"body": "", "network": None}))["Messages"]
    assert (rows[1][BODY], rows[1][-1]) == ("", None)


def test_a_date_that_is_none_and_half_a_surrogate_pair_are_texts() -> None:
    messages = ({"date": "yesterday"}, {"date": "1850-01-01T00:00:00"}, {"body": "cut \ud83d"})
    rows = sheets(encoded("xlsx", *messages))["Messages"]
    assert [row[4] for row in rows[1:3]] == ["yesterday", "1850-01-01T00:00:00"]
    assert rows[3][BODY] == "cut \\ud83d"


def test_a_text_that_no_cell_holds_is_an_error() -> None:
    with pytest.raises(ValueError, match="longer than"):
        encoded("xlsx", {"body": "x" * 32_768})


@pytest.mark.parametrize("size", [1, 4, 11])
def test_the_next_sheet_begins_after_the_last_row(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 5)
    encoder = formats.open_encoder("xlsx", ())
    bodies = [{"body": f"b{n}"} for n in range(11)]
    pieces = [encoder.encode(lines(*bodies[n : n + size])) for n in range(0, 11, size)]
    read = sheets(b"".join(pieces) + encoder.finish())
    assert {name: len(rows) for name, rows in read.items()} == {
        "Messages": 5, "Messages 2": 5, "Messages 3": 4,
    }  # fmt: skip
    assert [row[BODY] for rows in read.values() for row in rows[1:]] == [b["body"] for b in bodies]
    assert {rows[0] for rows in read.values()} == {HEADER}


def test_the_next_sheet_begins_before_a_sheet_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_SHEET", 4000)
    encoder = formats.open_encoder("xlsx", ())
    data = b"".join(encoder.encode(lines({"body": "x" * 1000})) for _ in range(5))
    data += encoder.finish()
    members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    assert max(m.file_size for m in members if "sheets/" in m.filename) <= 4000
    assert sum(len(rows) - 1 for rows in sheets(data).values()) == 5


def test_the_limit_is_that_of_excel() -> None:
    encoder = formats.open_encoder("xlsx", ())
    batch = b"{}\n" * 10_000
    data = b"".join(encoder.encode(batch) for _ in range(105)) + encoder.finish()
    archive = zipfile.ZipFile(io.BytesIO(data))
    rows = [len(re.findall(b"<row>", archive.read(f"xl/worksheets/sheet{n}.xml"))) for n in (1, 2)]
    assert rows == [1_048_576, 1 + 1_050_000 - 1_048_575]


def test_the_header_is_frozen() -> None:
    book = openpyxl.load_workbook(io.BytesIO(encoded("xlsx")))
    assert book.active.freeze_panes == "A2"
    assert list(book.active.values) == [HEADER]

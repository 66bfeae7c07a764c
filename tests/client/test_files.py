import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsledger.client import files

from .original import make_message

COLUMNS = ("body", "network")


def test_ndjson_is_the_message_as_it_came():
    message = {"z": [1, {"é": None}], "body": 'Grüße 👋\u2028"\n', "a": 1}
    line = files.ndjson_line(message)
    assert line == '{"z":[1,{"é":null}],"body":"Grüße 👋\u2028\\"\\n","a":1}\n'.encode()


@given(st.text(st.characters(categories=None)))
def test_ndjson_is_one_line_that_reads_back(body):
    line = files.ndjson_line({"body": body})
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"body": body}


def test_csv_has_a_header_and_the_documented_columns():
    layout = files.layout(Path("a.csv"), include=("segments", "id"))
    message = make_message(number="1", id="m-1", segments=2, unknown="x", gateway="kannel")
    assert layout.header == b"type,deliveryStatus,number,body,date,network,id,segments\r\n"
    assert layout.encode(files.ndjson_line(message)) == (
        b"MO,Received,1,JOIN 1,2014-12-05T10:00:01.00,T-Mobile,m-1,2\r\n"
    )


def test_csv_tells_null_from_the_empty_text():
    assert files.csv_line(COLUMNS, {"body": "", "network": None}) == b'"",\r\n'
    assert files.csv_line(COLUMNS, {"network": ""}) == b',""\r\n'


def test_csv_quotes_what_rfc_4180_says():
    line = files.csv_line(COLUMNS, {"body": 'a "b"\r\nc', "network": "AT&T, Inc"})
    assert line == b'"a ""b""\r\nc","AT&T, Inc"\r\n'


@given(st.lists(st.none() | st.text(), min_size=2, max_size=2))
def test_csv_loses_nothing(cells):
    line = files.csv_line(COLUMNS, dict(zip(COLUMNS, cells, strict=True))).decode()
    (row,) = csv.reader([line], strict=True) if "\n" not in line[:-1] else [_rows(line)]
    assert row == [cell or "" for cell in cells]
    assert [cell is None for cell in cells] == [field == "" for field in _fields(line)]


def _rows(line):
    (row,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    return row


def _fields(line):
    return re.findall(r'("(?:[^"]|"")*"|[^",\r\n]*)(?:,|\r\n)', line)


def test_half_a_surrogate_pair_becomes_its_escape():
    assert files.csv_line(("body",), {"body": "cut \ud83d"}) == b"cut \\ud83d\r\n"


def test_the_suffix_is_the_format_in_any_case():
    assert files.layout(Path("A.CSV")).header
    with pytest.raises(ValueError, match=r"\.csv or \.ndjson"):
        files.layout(Path("a.xlsx"))

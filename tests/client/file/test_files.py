import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsledger.client.errors import Unwritable
from smsledger.client.file import files
from smsledger.client.http import answer
from tests.client.original import make_message


def test_ndjson_is_the_message_as_it_came() -> None:
    message = {"z": [1, {"é": None}], "body": 'Grüße 👋\u2028"\n', "a": 1}
    line = answer.ndjson_line(message)
    assert line == '{"z":[1,{"é":null}],"body":"Grüße 👋\\u2028\\"\\n","a":1}\n'.encode()


@given(st.text(st.characters(categories=None)))
def test_ndjson_is_one_line_that_reads_back(body: str) -> None:
    line = answer.ndjson_line({"body": body})
    assert len(line.decode().splitlines()) == 1
    assert json.loads(line) == {"body": body}


def test_csv_has_a_header_and_the_documented_columns() -> None:
    layout = files.layout(Path("a.csv"), include=("segments", "id"))
    message = make_message(number="1", id="m-1", segments=2, unknown="x", gateway="kannel")
    assert layout.header == b"type,deliveryStatus,number,body,date,network,id,segments\r\n"
    assert layout.encode(answer.ndjson_line(message)) == (
        b"MO,Received,1,JOIN 1,2014-12-05T10:00:01.00,T-Mobile,m-1,2\r\n"
    )


def test_csv_tells_null_from_the_empty_text() -> None:
    layout = files.layout(Path("a.csv"))
    line = answer.ndjson_line(make_message(number="1", body="", network=None))
    assert layout.encode(line) == b'MO,Received,1,"",2014-12-05T10:00:01.00,\r\n'


def test_half_a_surrogate_pair_becomes_its_escape() -> None:
    layout = files.layout(Path("a.csv"))
    line = answer.ndjson_line(make_message(body="cut \ud83d"))
    assert b",cut \\ud83d," in layout.encode(line)


@pytest.mark.parametrize(
    ("name", "excel", "form"),
    [
        ("A.CSV", False, "csv"),
        ("a.csv", True, "csv-excel"),
        ("a.b.ndjson", False, "ndjson"),
        ("a.Parquet", False, "parquet"),
        ("a.xlsx", False, "xlsx"),
    ],
)
def test_the_suffix_is_the_format_in_any_case(name: str, excel: bool, form: str) -> None:
    assert files.layout(Path(name), excel=excel).format == form


@pytest.mark.parametrize(("name", "excel"), [("a", False), ("a.xls", False), ("a.xlsx", True)])
def test_a_name_without_a_format_is_an_error(name: str, excel: bool) -> None:
    with pytest.raises(ValueError, match=r"\.csv"):
        files.layout(Path(name), excel=excel)


def test_a_message_that_the_format_cannot_hold_is_named(tmp_path: Path) -> None:
    spool, file = tmp_path / "a.part", tmp_path / "a.part2"
    spool.write_bytes(answer.ndjson_line(make_message(date="yesterday")))
    convert = files.layout(Path("a.parquet")).convert
    assert convert is not None
    with pytest.raises(Unwritable, match=r"as parquet"):
        convert(spool, file)

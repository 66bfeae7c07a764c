import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from smsledger.intake import file_rows, imports
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.store.store import Store
from tests.making import PROGRAM, make_row
from tests.store.reading import message_of

HEADER = "type,deliveryStatus,number,body,date,network\r\n"
ASCII = bytes(range(0x80))


Load = Callable[[str, bytes | str], Awaitable[tuple[imports.Totals, list[dict[str, Any]]]]]


@pytest.fixture
def load(store: Store, tmp_path: Path) -> Load:
    """Imports a file of the given content; its totals and the lines of its side file."""

    async def run(name: str, content: bytes | str) -> tuple[imports.Totals, list[dict[str, Any]]]:
        file, rejects = tmp_path / name, tmp_path / f"{name}.rejected.ndjson"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        bounds = DateBounds.at(instant.now(), 365)
        with file.open("rb") as source:
            rows = file_rows.read(file, bounds, source)
            totals = await imports.load(store, PROGRAM, rows, rejects, lambda: None)
        aside = rejects.read_text().splitlines() if rejects.exists() else []
        return totals, [json.loads(line) for line in aside]

    return run


def csv_row(body: str = "Hi", number: str = "15556667777", date: str | None = None) -> str:
    moment = date or instant.render_seconds(instant.now() - instant.DAY)
    return f"MO,Received,{number},{body},{moment},T-Mobile\r\n"


async def test_ndjson_is_imported_and_safe_to_import_again(load: Load) -> None:
    lines = "\n".join(json.dumps(make_row(id=each)) for each in "abc")
    assert (await load("a.ndjson", lines))[0] == imports.Totals(accepted=3)
    assert (await load("a.ndjson", lines))[0] == imports.Totals(duplicates=3)


async def test_the_export_s_csv_is_imported_and_safe_to_import_again(load: Load) -> None:
    content = HEADER + csv_row() + csv_row(body='"a, ""b""\r\nc"') + csv_row(body="")
    assert (await load("a.csv", content))[0] == imports.Totals(accepted=3)
    assert (await load("a.csv", content))[0] == imports.Totals(duplicates=3)


async def test_equal_rows_without_an_id_are_as_many_messages(load: Load) -> None:
    date = instant.render_seconds(instant.now() - instant.DAY)
    row = csv_row(date=date)
    assert (await load("a.csv", HEADER + row * 3))[0] == imports.Totals(accepted=3)
    assert (await load("b.csv", HEADER + row * 4))[0] == imports.Totals(accepted=1, duplicates=3)


async def test_a_later_status_in_the_same_file_is_no_other_message(load: Load) -> None:
    row = make_row(type="MT")
    del row["id"]
    assert (await load("a.ndjson", json.dumps(row)))[0].accepted == 1
    delivered = json.dumps({**row, "deliveryStatus": "Delivered"})
    assert (await load("a.ndjson", delivered))[0] == imports.Totals(duplicates=1)


async def test_rejected_rows_are_set_aside_with_their_line_and_reason(load: Load) -> None:
    content = HEADER + csv_row() + csv_row(number="SHOP") + csv_row() + "MO,Received\r\n"
    totals, aside = await load("a.csv", content)
    assert totals == imports.Totals(accepted=2, rejected=2)
    assert [(each["line"], each["field"]) for each in aside] == [(3, "number"), (5, None)]
    assert aside[0]["row"]["number"] == "SHOP"


@pytest.mark.parametrize("row_id", ["", '"id":"m-1",', '"id":null,"id":null,'])
async def test_a_line_with_a_field_given_twice_is_set_aside(load: Load, row_id: str) -> None:
    line = f'{{{row_id}"type":"MO","number":"123","body":"a","body":"b"}}'
    totals, aside = await load("a.ndjson", line)
    assert totals == imports.Totals(rejected=1)
    assert aside[0]["code"] == "duplicate_field"
    assert aside[0]["row"] == line


async def test_the_side_file_has_a_line_a_row_whatever_the_texts_hold(load: Load) -> None:
    line = json.dumps(make_row(type="MX", body="a\u2028b\x85c"), ensure_ascii=False)
    totals, aside = await load("a.ndjson", line)
    assert totals == imports.Totals(rejected=1)
    assert aside[0]["row"] == line


async def test_a_line_that_is_no_json_or_no_unicode_is_set_aside(load: Load) -> None:
    good = json.dumps(make_row()).encode()
    content = (
        b"\xef\xbb\xbf"
        + good
        + b'\n{"id":\n\n{"id":"x","type":"MO","number":"123","body":"\xff"}\n'
    )
    totals, aside = await load("a.jsonl", content)
    assert totals == imports.Totals(accepted=1, rejected=2)
    assert [(each["line"], each["field"]) for each in aside] == [(2, None), (4, "body")]


async def test_a_side_file_of_an_earlier_run_does_not_stay(load: Load) -> None:
    assert (await load("a.csv", HEADER + csv_row(number="SHOP")))[1]
    assert (await load("a.csv", HEADER + csv_row()))[1] == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xls", ""),
        ("a.csv", ""),
        ("a.csv", "type,number\r\n"),
        ("a.csv", "type,number,body,colour\r\n"),
        ("a.csv", "type,number,body,body\r\n"),
        ("a.csv", HEADER + 'MO,Received,"1555'),
        ("a.csv", 'type,number,"body'),
    ],
)
async def test_a_file_that_is_no_such_file_is_refused(load: Load, name: str, content: str) -> None:
    with pytest.raises(ValueError, match=r"name|column|CSV"):
        await load(name, content)


async def test_an_empty_file_of_json_lines_is_done_at_once(load: Load) -> None:
    assert await load("a.ndjson", "") == (imports.Totals(), [])


async def test_every_column_of_the_layout_is_kept(load: Load, store: Store) -> None:
    row = make_row(shortCode="20880", gateway="kannel", segments=2, errorCode="000")
    names, values = ",".join(row), ",".join(str(value) for value in row.values())
    assert (await load("a.csv", f"{names}\n{values}\n"))[0].accepted == 1
    message = await message_of(store)
    assert (message["short_code"], message["gateway"]) == ("20880", "kannel")
    assert (message["segments"], message["error_code"]) == (2, "000")


@pytest.mark.parametrize(
    "spoilt", [b"caf\xe9", b'"two\r\nlines \xe9"', b"\xe2\x82", b"\xed\xb3\xbf"]
)
async def test_a_csv_row_that_is_not_utf8_is_set_aside(
    load: Load, store: Store, spoilt: bytes
) -> None:
    good = csv_row(body="café").encode()
    content = (
        b"\xef\xbb\xbf" + HEADER.encode() + good + good.replace("café".encode(), spoilt) + good
    )
    totals, [aside] = await load("a.csv", content)
    assert totals == imports.Totals(accepted=2, rejected=1)
    assert (aside["field"], aside["code"]) == ("body", "invalid_text")
    place = content.index(spoilt) + spoilt.index(spoilt.lstrip(ASCII)[:1])
    assert aside["message"] == f"body is not UTF-8 at byte {place}"


async def test_what_is_set_aside_shows_such_bytes_as_replacement_characters(load: Load) -> None:
    _, [aside] = await load("a.csv", HEADER.encode() + b"MO,Received,123,caf\xe9\r\n")
    assert aside["row"]["body"] == "caf\ufffd"
    _, [aside] = await load("a.ndjson", b'{"id":"caf\xe9"}')
    assert aside["row"] == '{"id":"caf\ufffd"}'


async def test_a_line_that_is_not_utf8_is_set_aside_with_its_place_in_the_file(load: Load) -> None:
    good, bad = json.dumps(make_row()).encode(), b'{"number":"\xff","body":"a"}'
    content = b"\xef\xbb\xbf" + good + b"\n\n" + bad + b"\n"
    totals, [aside] = await load("a.ndjson", content)
    assert totals == imports.Totals(accepted=1, rejected=1)
    assert (aside["line"], aside["field"]) == (3, "number")
    assert aside["message"] == f"number is not UTF-8 at byte {content.index(255)}"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be"])
async def test_a_csv_file_whose_first_line_is_not_utf8_is_refused_with_the_place(
    load: Load, codec: str
) -> None:
    with pytest.raises(ValueError, match="the first line is not UTF-8 at byte"):
        await load("a.csv", ("\ufeff" + HEADER + csv_row()).encode(codec))

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsledger.intake import rows
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.ledger.model import DeliveryStatus, Message, MessageType, Receipt, Rejected
from tests.making import make_row

NOW = instant.now()
BOUNDS = DateBounds.at(NOW, 365)


def message(**what_matters: Any) -> Message:
    read = rows.message(msgspec.json.encode(make_row(**what_matters)), BOUNDS)
    assert isinstance(read, Message)
    return read


def rejection(**what_matters: Any) -> Rejected:
    return rejected(msgspec.json.encode(make_row(**what_matters)))


def rejected(raw: bytes) -> Rejected:
    read = rows.message(raw, BOUNDS)
    assert isinstance(read, Rejected)
    return read


def receipt(**what_matters: Any) -> Receipt:
    row = {"id": "m-1", "deliveryStatus": "Delivered", **what_matters}
    read = rows.receipt(msgspec.json.encode(row), BOUNDS)
    assert isinstance(read, Receipt)
    return read


def rejected_receipt(raw: bytes) -> Rejected:
    read = rows.receipt(raw, BOUNDS)
    assert isinstance(read, Rejected)
    return read


def test_a_row_becomes_a_message() -> None:
    read = message(shortCode=20880, segments=2, errorCode="000", network="", gateway="kannel")
    assert (read.type, read.delivery_status) == (MessageType.MO, DeliveryStatus.RECEIVED)
    assert (read.short_code, read.segments, read.network) == ("20880", 2, None)


def test_a_status_that_is_not_said_is_sent_or_received() -> None:
    assert message(type="MT").delivery_status is DeliveryStatus.SENT
    assert message(type="MO").delivery_status is DeliveryStatus.RECEIVED


@pytest.mark.parametrize("number", [15556667777, "15556667777", "+15556667777"])
def test_a_number_is_digits_however_it_is_written(number: int | str) -> None:
    assert message(number=number).number == "15556667777"


def test_the_microseconds_of_a_date_are_kept() -> None:
    date = message(date="2026-11-01T10:00:00.250001Z").date
    assert date is not None
    assert date % instant.SECOND == 250_001


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("type", "MX", "invalid_type"),
        ("deliveryStatus", "Gone", "invalid_status"),
        ("deliveryStatus", "Delivered", "status_mismatch"),
        ("number", "12", "invalid_number"),
        ("number", "1" * 21, "invalid_number"),
        ("number", "SHOP", "invalid_number"),
        ("number", 10**100, "invalid_field"),
        ("number", True, "invalid_field"),
        ("body", None, "invalid_field"),
        ("body", "x" * 10_001, "invalid_field"),
        ("body", "a\0b", "invalid_text"),
        ("id", "", "invalid_field"),
        ("id", "x" * 256, "invalid_field"),
        ("date", "0000-01-01T00:00:00", "invalid_date"),
        ("segments", 0, "invalid_field"),
        ("network", "x" * 101, "invalid_field"),
        ("colour", "red", "unknown_field"),
        ("x-colour", "red", "unknown_field"),
    ],
)
def test_a_bad_field_rejects_its_row_by_name(
    field: str, value: int | str | None, code: str
) -> None:
    read = rejection(**{field: value})
    assert (read.field, read.code) == (field, code)


@pytest.mark.parametrize("distance", [-366 * instant.DAY, 25 * instant.HOUR])
def test_a_date_that_cannot_be_true_rejects_its_row(distance: int) -> None:
    read = rejection(date=instant.render_micros(NOW + distance))
    assert (read.field, read.code) == ("date", "date_out_of_range")


@pytest.mark.parametrize("field", ["id", "type", "number", "body"])
def test_a_missing_field_is_named(field: str) -> None:
    row = make_row()
    del row[field]
    read = rejected(msgspec.json.encode(row))
    assert (read.field, read.code) == (field, "missing_field")


def test_a_lone_surrogate_names_its_field() -> None:
    raw = rb'{"id":"m-1","type":"MO","number":"15556667777","body":"\ud800"}'
    assert rejected(raw).field == "body"


@pytest.mark.parametrize("raw", [b"", b"{", b"nonsense", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_object_is_rejected_as_a_whole(raw: bytes) -> None:
    assert isinstance(rows.message(raw, BOUNDS), Rejected)


def test_a_row_becomes_a_receipt() -> None:
    read = receipt(number="+15556667777", errorCode=5, text="stat:DELIVRD")
    assert (read.number, read.error_code, read.text) == ("15556667777", "5", "stat:DELIVRD")


def test_a_receipt_with_an_unknown_status_is_rejected_by_name() -> None:
    raw = b'{"id":"m-1","deliveryStatus":"ACCEPTD"}'
    assert rejected_receipt(raw).field == "deliveryStatus"


def test_columns_become_a_message_and_an_empty_one_is_absent() -> None:
    columns = {**make_row(body=""), "segments": "2", "network": "", "date": ""}
    read = rows.message_of_columns(columns, BOUNDS)
    assert isinstance(read, Message)
    assert (read.body, read.segments, read.network, read.date) == ("", 2, None, None)


GIVEN = '"id":"m-1","type":"MO","number":"15556667777","body":"JOIN"'
# Spellings of one key, and what a text may hold that looks like a key.
KEYS = st.sampled_from(['"body"', r'"\u0062ody"', '"gateway"', '"network"', r'"ne\u0074work"'])
VALUES = st.sampled_from(
    ['"a"', '":"', r'"\":"', r'"\\"', '"\\"id\\":1, : b"', r'"\u003a"', "null"]
)
SPACES = st.sampled_from(["", " ", "\t", "\n", "\r ", "  "])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ('"number":"15556667778"', "number"),
        (r'"\u006eumber":"15556667778"', "number"),
        ('"network" : null, "network"\t:\n"T-Mobile"', "network"),
        ('"colour":1,"colour":2', "colour"),
        ('"extra":[{"a":1,"a":2}]', "a"),
        ('"segments":"none","segments":1', "segments"),
        (r'"gateway":"\u003a","gateway":"a"', "gateway"),
    ],
)
def test_a_field_given_twice_rejects_its_row_by_name(more: str, field: str) -> None:
    read = rejected(f"{{{GIVEN},{more}}}".encode())
    assert (read.field, read.code) == (field, "duplicate_field")


def test_a_field_given_twice_rejects_its_receipt_by_name() -> None:
    raw = b'{"id":"m-1","deliveryStatus":"Delivered","deliveryStatus":"Error"}'
    assert rejected_receipt(raw).code == "duplicate_field"


@given(st.lists(st.tuples(KEYS, SPACES, VALUES), max_size=4))
def test_a_row_is_rejected_for_duplicates_if_and_only_if_it_has_some(
    pairs: list[tuple[str, str, str]],
) -> None:
    given_more = [f"{key}{space}:{space}{value}" for key, space, value in pairs]
    raw = "{" + ",".join([*(f'"{name}":"MO"' for name in ("id", "type")), *given_more]) + "}"
    names = [json.loads(key) for key, _, _ in pairs]
    read = rows.message(raw.replace("}", ',"number":"15556667777"}').encode(), BOUNDS)
    is_duplicate = isinstance(read, Rejected) and read.code == "duplicate_field"
    assert is_duplicate == (len(set(names)) < len(names))

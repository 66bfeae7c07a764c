"""File -> rows: NDJSON and CSV files of messages.

A row without an id gets one that is derived from its content and its ordinal among equal rows of
the file, so it is the same one the next time.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from smsledger.intake import invalid_utf8, rows
from smsledger.intake.repeated_key import repeated_key
from smsledger.intake.rows import DateBounds
from smsledger.ledger.derived_ids import DerivedIds
from smsledger.ledger.model import Message, Rejected

MAX_LINE = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class FileRow(msgspec.Struct, frozen=True):
    """A row of a file: its line (the last, where it spans several), as written, as checked."""

    line: int
    text: Any
    checked: Message | Rejected


def read(file: Path, bounds: DateBounds, source: BinaryIO) -> Iterator[FileRow]:
    """The rows of an open file, CSV or NDJSON by its name.

    Raises:
        ValueError: the file is not such a file at all.
    """
    if file.suffix.lower() == ".csv":
        return _csv_rows(source, bounds)
    if file.suffix.lower() in {".ndjson", ".jsonl", ".json"}:
        return _json_rows(source, bounds)
    raise ValueError(f"{file.name}: the name must end in .csv, .ndjson or .jsonl")


def _json_rows(source: BinaryIO, bounds: DateBounds) -> Iterator[FileRow]:
    ids = DerivedIds()
    for number, (start, line) in enumerate(_lines(source), 1):
        if line.strip():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            rejected = invalid_utf8.rejection_of(line, start)
            yield FileRow(number, text, rejected or _json_message(line, ids, bounds))


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The offset and the bytes of each line; a line over MAX_LINE in pieces, to be rejected."""
    start = 0
    while line := source.readline(MAX_LINE):
        text = line if start else line.removeprefix(_BOM)
        yield start + len(line) - len(text), text
        start += len(line)


def _json_message(line: bytes, ids: DerivedIds, bounds: DateBounds) -> Message | Rejected:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return rows.message(line, bounds)
    # A line with a field given twice keeps both of them, and is rejected for it.
    if isinstance(row, dict) and row.get("id") is None and repeated_key(line) is None:
        line = msgspec.json.encode({**row, "id": ids.of(row)})
    return rows.message(line, bounds)


def _csv_rows(source: BinaryIO, bounds: DateBounds) -> Iterator[FileRow]:
    ids = DerivedIds()
    csv.field_size_limit(MAX_LINE)
    faults: list[int] = []
    reader = csv.DictReader(_decoded(source, faults), restkey="", strict=True)
    _require_columns(_names(reader, faults))
    try:
        for row in reader:
            if faults:
                yield _invalid_csv_row(reader.line_num, row, faults[0])
                faults.clear()
            else:
                yield FileRow(reader.line_num, row, _csv_message(row, ids, bounds))
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} is not CSV: {error}") from error


def _decoded(source: BinaryIO, faults: list[int]) -> Iterator[str]:
    """The lines as text, with bytes that are not UTF-8 as lone surrogates.

    Valid UTF-8 contains no lone surrogates, so each one marks such a byte. The offset of a line's
    first such byte is added to `faults`.
    """
    for start, line in _lines(source):
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            faults.append(start + error.start)
            text = line.decode("utf-8", "surrogateescape")
        yield text


def _names(reader: "csv.DictReader[str]", faults: list[int]) -> Sequence[str]:
    """Return the names of the columns.

    Raises:
        ValueError: the first line is not UTF-8, or not CSV.
    """
    try:
        names, fault = reader.fieldnames or [], None
    except csv.Error as error:
        names, fault = [], error
    if faults:
        raise ValueError(f"the first line is not UTF-8 at byte {faults[0]}") from fault
    if fault:
        raise ValueError(f"line 1 is not CSV: {fault}") from fault
    return names


def _invalid_csv_row(line: int, row: dict[str, Any], fault: int) -> FileRow:
    shown = {name: _replaced(value) for name, value in row.items()}
    field = next((name for name in row if shown[name] != row[name]), None)
    return FileRow(line, shown, invalid_utf8.rejection(field or None, fault))


def _replaced(value: Any) -> Any:
    """Return a cell, or the list of cells without a column, with U+FFFD for such bytes."""
    if isinstance(value, list):
        return [_replaced(cell) for cell in value]
    return value and value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _require_columns(names: Any) -> None:
    known = rows.COLUMNS
    unknown = [name for name in names if name not in known]
    missing = [name for name in ("type", "number", "body") if name not in names]
    twice = [name for name, count in Counter(names).items() if count > 1]
    for names_of, fault in ((unknown, "unknown"), (missing, "missing"), (twice, "given twice")):
        if names_of:
            known_columns = ", ".join(known)
            raise ValueError(f"column {names_of[0]} is {fault}; the columns are {known_columns}")


def _csv_message(row: dict[str, Any], ids: DerivedIds, bounds: DateBounds) -> Message | Rejected:
    if "" in row or None in row.values():
        reason = "the row and the first line have different numbers of fields"
        return Rejected(None, "invalid_field", reason)
    if not row.get("id"):
        row = {**row, "id": ids.of(row)}
    return rows.message_of_columns(row, bounds)

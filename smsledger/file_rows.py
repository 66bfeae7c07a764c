"""File -> rows: NDJSON and CSV files of messages.

A row without an id gets one that is derived from its content and its ordinal among equal rows of
the file, so it is the same one the next time.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from smsledger import rows
from smsledger.derived_ids import DerivedIds
from smsledger.ingest import utf8
from smsledger.model import Message, Rejected
from smsledger.repeated_key import repeated_key
from smsledger.rows import DateBounds

MAX_LINE = 1024 * 1024


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
    for number, line in enumerate(_lines(source), 1):
        if line.strip():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            yield FileRow(number, text, _json_message(line, ids, bounds))


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, an endless one in pieces that will be rejected."""
    first = True
    while line := source.readline(MAX_LINE):
        yield utf8(line.removeprefix(b"\xef\xbb\xbf") if first else line)
        first = False


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
    reader = csv.DictReader(_decoded(source), restkey="", strict=True)
    _require_columns(reader.fieldnames or [])
    try:
        for row in reader:
            yield FileRow(reader.line_num, row, _csv_message(row, ids, bounds))
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} is not CSV: {error}") from error


def _decoded(source: BinaryIO) -> Iterator[str]:
    for line in _lines(source):
        yield line.decode()


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
        return Rejected(None, "invalid_field", "the row has not as many fields as the first line")
    if not row.get("id"):
        row = {**row, "id": ids.of(row)}
    return rows.message_of_columns(row, bounds)

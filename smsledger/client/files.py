"""Messages as the lines of a file: NDJSON as the server gave them, CSV without loss."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from smsledger.client.answer import Message
from smsledger.formats.columns import COLUMNS, INCLUDABLE, fields
from smsledger.formats.csv import record
from smsledger.formats.lines import text, utf8

__all__ = ["COLUMNS", "INCLUDABLE", "SUFFIXES", "Layout", "csv_line", "layout", "ndjson_line"]

SUFFIXES = (".csv", ".ndjson")


class Layout(msgspec.Struct, frozen=True):
    """What a file begins with, and the line of each message."""

    header: bytes
    line: Callable[[Message], bytes]


def layout(file: Path, include: tuple[str, ...] = ()) -> Layout:
    """The layout that the file's suffix asks for; `include` adds its columns to a CSV.

    Raises:
        ValueError: the suffix is neither .csv nor .ndjson.
    """
    match file.suffix.lower():
        case ".ndjson":
            return Layout(b"", ndjson_line)
        case ".csv":
            columns = fields(include)
            return Layout(utf8(record(columns)), partial(csv_line, columns))
    raise ValueError(f"the file's name must end in {' or '.join(SUFFIXES)}")


def ndjson_line(message: Message) -> bytes:
    """The message with all its fields, in the server's order, and a line feed."""
    return utf8(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")


def csv_line(columns: tuple[str, ...], message: Message) -> bytes:
    """The message's record; null and absent fields are empty, an empty text is `""`."""
    return utf8(record([text(message.get(column)) for column in columns]))

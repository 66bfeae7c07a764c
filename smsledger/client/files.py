"""Messages as the bytes of a file: NDJSON as the server gave them, CSV without loss."""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from smsledger.client.answer import Message

COLUMNS = ("type", "deliveryStatus", "number", "body", "date", "network")
INCLUDABLE = ("id", "shortCode", "segments", "updatedAt", "errorCode", "gateway")
SUFFIXES = (".csv", ".ndjson")

_NEEDS_QUOTES = re.compile(r'[",\r\n]')


class Layout(msgspec.Struct, frozen=True):
    """How messages become a file.

    FILE.part begins with `header`, and `encode` turns lines of NDJSON into what is added to it.
    With `convert` that is not yet the file: it writes the file at its second path out of the
    complete FILE.part at its first.
    """

    format: str
    header: bytes
    encode: Callable[[bytes], bytes]
    convert: Callable[[Path, Path], None] | None = None


def layout(file: Path, include: tuple[str, ...] = (), *, excel: bool = False) -> Layout:
    """The layout that the file's suffix asks for; `include` adds its columns to a CSV.

    Raises:
        ValueError: the suffix is neither .csv nor .ndjson.
    """
    match file.suffix.lower():
        case ".ndjson":
            return Layout("ndjson", b"", bytes)
        case ".csv":
            columns = COLUMNS + tuple(name for name in INCLUDABLE if name in include)
            return Layout("csv", _csv_record(columns), partial(_csv_lines, columns))
    raise ValueError(f"the file's name must end in {' or '.join(SUFFIXES)}")


def ndjson_line(message: Message) -> bytes:
    """The message with all its fields, in the server's order, and a line feed."""
    return _utf8(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")


def csv_line(columns: tuple[str, ...], message: Message) -> bytes:
    """The message's record; null and absent fields are empty, an empty text is `""`."""
    return _csv_record([_cell(message.get(column)) for column in columns])


def _csv_lines(columns: tuple[str, ...], lines: bytes) -> bytes:
    return b"".join(csv_line(columns, json.loads(line)) for line in lines.split(b"\n") if line)


def _cell(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _csv_record(cells: Sequence[str | None]) -> bytes:
    return _utf8(",".join(map(_quoted, cells)) + "\r\n")


# By hand, because Python 3.11's csv module writes null and "" alike, and 3.12's can tell them
# apart only by quoting every field.
def _quoted(cell: str | None) -> str:
    if cell is None:
        return ""
    if cell == "" or _NEEDS_QUOTES.search(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _utf8(line: str) -> bytes:
    # Half a surrogate pair has no UTF-8: it is written as its JSON escape, \ud83d.
    return line.encode("utf-8", "backslashreplace")

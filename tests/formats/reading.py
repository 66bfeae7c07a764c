"""Messages as lines, and the files of each format read back by other people's readers."""

import csv
import io
import json
import re
from typing import Any

import openpyxl
from pyarrow import parquet
from pyarrow.lib import Table

from smsledger import formats

MESSAGE = {
    "type": "MO",
    "deliveryStatus": "Received",
    "number": "15556667777",
    "body": "JOIN",
    "date": "2014-12-05T10:00:00",
    "network": "T-Mobile",
}
HOSTILE = (
    '<script>alert("1")</script> & <b>',
    '=HYPERLINK("http://evil.example","x")',
    "＝1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'quoted'",
    " leading",
    "007",
    "a\x00\x01\x0b\x1f\ufffe\uffffb",
    "\u202eright to left \u05d0\u05d1",
    "👋🏽 é e\u0301",
    'a,"b"\r\nc\nd\re',
    "x" * 10_000,
    "👋" * 10_000,
    "_x0041_",
    "_x0041_x0042_",
    "_x0041\x01",
    "_x005F_",
    "null",
    "TRUE",
    "",
)


def lines(*messages: dict[str, Any]) -> bytes:
    return "".join(json.dumps({**MESSAGE, **message}) + "\n" for message in messages).encode()


def encoded(name: str, *messages: dict[str, Any], include: tuple[str, ...] = ()) -> bytes:
    encoder = formats.open_encoder(name, include)
    return encoder.encode(lines(*messages)) + encoder.finish()


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


def table(data: bytes) -> Table:
    return parquet.read_table(io.BytesIO(data))


def sheets(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    return {sheet.title: list(sheet.values) for sheet in book}


def unescaped(text: str) -> str:
    """What Excel shows for a cell's text; openpyxl leaves the escapes in it."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)

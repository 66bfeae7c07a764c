"""Parquet, through pyarrow's own JSON reader: a message never becomes a Python object.

lines -> tables, until they are a row group -> pages in the sink
"""

from typing import Any

import pyarrow as pa
from pyarrow import json as arrow_json
from pyarrow import parquet

from smsledger.formats.lines import Lines, text, utf8
from smsledger.formats.sink import Sink
from smsledger.ledger import fields, instant

# A row group ends at whichever comes first: enough for good compression, and no more memory.
GROUP_MESSAGES = 50_000
GROUP_BYTES = 12 * 1024 * 1024
# Read at a time: what the reader needs beside the row group.
BLOCK_BYTES = 1024 * 1024
_KINDS = {"text": pa.string(), "count": pa.int32(), "moment": pa.timestamp("us", "UTC")}


class ParquetEncoder:
    """Messages as one Parquet file; nulls are kept, dates are UTC to the microsecond."""

    def __init__(self, include: tuple[str, ...]) -> None:
        columns = fields.columns(include)
        self._schema = pa.schema([(name, _kind(name)) for name in columns])
        self._lines = Lines(columns)
        self._sink = Sink()
        self._writer = parquet.ParquetWriter(
            self._sink,
            self._schema,
            compression="zstd",
            # For the others the dictionary would be built and thrown away.
            use_dictionary=[name for name in columns if fields.BY_NAME[name].few_values],
        )
        self._tables: list[pa.Table] = []
        self._messages = self._bytes = 0

    def encode(self, lines: bytes) -> bytes:
        """The row groups that the messages complete, mostly none.

        Raises:
            ValueError: a value is not of its column's kind: a date that is none, say.
        """
        for block in _blocks(lines):
            self._add(self._table(block))
        return self._sink.take()

    def finish(self) -> bytes:
        """The last row group and the footer; without messages, a file with a schema only."""
        self._write_group()
        self._writer.close()
        return self._sink.take()

    def _add(self, table: pa.Table) -> None:
        self._tables.append(table)
        self._messages += table.num_rows
        self._bytes += table.nbytes
        if self._messages >= GROUP_MESSAGES or self._bytes >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables))
        self._tables.clear()
        self._messages = self._bytes = 0

    def _table(self, lines: bytes) -> pa.Table:
        try:
            return arrow_json.read_json(
                pa.BufferReader(lines),
                arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
                arrow_json.ParseOptions(self._schema, unexpected_field_behavior="ignore"),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError):
            return self._leniently(lines)

    # For what Arrow's reader refuses and other formats take: half a surrogate pair, a number
    # where a text is expected, a field that is there twice.
    def _leniently(self, lines: bytes) -> pa.Table:
        columns = zip(*self._lines.rows(lines), strict=True)
        cells = zip(self._schema, columns, strict=True)
        return pa.Table.from_arrays(
            [
                pa.array([_value(field.name, v) for v in column], field.type)
                for field, column in cells
            ],
            schema=self._schema,
        )


def _kind(name: str) -> pa.DataType:
    return _KINDS[fields.BY_NAME[name].kind]


def _value(name: str, value: Any) -> Any:
    kind = fields.BY_NAME[name].kind
    if value is None or kind == "count":
        return value
    written = utf8(text(value) or "").decode()
    return instant.parse(written).first if kind == "moment" else written


def _blocks(lines: bytes) -> list[bytes]:
    """Whole lines, about BLOCK_BYTES at a time."""
    blocks, start = [], 0
    while start < len(lines):
        end = lines.find(b"\n", min(start + BLOCK_BYTES, len(lines) - 1)) + 1 or len(lines)
        blocks.append(lines[start:end])
        start = end
    return blocks

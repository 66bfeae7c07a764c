"""What has whole exports out of a database without a server, and writes the same files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import json as arrow_json
from pyarrow import parquet

from smsledger.formats.parquet import GROUP_MESSAGES

ROWS = GROUP_MESSAGES  # a batch becomes a row group
_TEXTS = ("type", "deliveryStatus", "number", "body")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        ("date", pa.timestamp("us", "UTC")),
        ("network", pa.string()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Direct:
    """What has the same out of the database, and how much of its speed ours is to have at least.

    `dump` is a command that writes the lines of NDJSON to its standard output; `write_parquet`
    makes a file with the columns of ours.
    """

    dump: tuple[str, ...]
    dump_name: str
    dump_at_least: float
    write_parquet: Callable[[Path], None]
    parquet_name: str = "ADBC and pyarrow"
    parquet_at_least: float = 0.8


def write(batches: Iterable[pa.RecordBatch], file: Path) -> None:
    """Write batches of one column, the fragments with a line feed each, as ours are written.

    The body is in the fragment only. Columns for the other fields and an SQL function for the
    body would do as well, but took a fifth longer on SQLite and half as long again on PostgreSQL.
    In Arrow the fragments of a batch lie one behind the other, which is NDJSON without a copy.
    """
    with parquet.ParquetWriter(
        file, SCHEMA, compression="snappy", use_dictionary=["type", "deliveryStatus", "network"]
    ) as writer:
        for batch in batches:
            writer.write_table(_table(batch.column(0)), row_group_size=ROWS)


def _table(lines: pa.Array) -> pa.Table:
    _, offsets, data = lines.buffers()
    ends = memoryview(offsets).cast("i")
    begin, end = ends[lines.offset], ends[lines.offset + len(lines)]
    return arrow_json.read_json(
        pa.BufferReader(data.slice(begin, end - begin)),
        arrow_json.ReadOptions(use_threads=False, block_size=end - begin + 1),
        arrow_json.ParseOptions(SCHEMA, unexpected_field_behavior="error"),
    )

"""File formats: NDJSON bytes of messages in, bytes of the file out, in constant memory.

    lines -> an encoder -> pieces of the file

Pure: no HTTP, no store. The server's whole exports and the client's files are both made here.
"""

import os

import msgspec

from smsledger.formats import accept
from smsledger.formats.csv import CsvEncoder
from smsledger.formats.encoder import Encoder, MissingExtra
from smsledger.formats.excel_csv import ExcelCsvEncoder
from smsledger.formats.ndjson import NdjsonEncoder
from smsledger.formats.xlsx import XlsxEncoder

__all__ = [
    "FORMATS",
    "Encoder",
    "Format",
    "MissingExtra",
    "by_accept",
    "by_name",
    "open_encoder",
]

_OFFICE = "application/vnd.openxmlformats-officedocument"


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a format without a message.

    `media_type` may have parameters. `gzip`: it becomes much smaller by it. `resumable`: a broken
    export of it can be continued where it ended.
    """

    name: str
    media_type: str
    suffix: str
    gzip: bool
    resumable: bool


FORMATS = (
    Format(
        name="ndjson",
        media_type="application/x-ndjson",
        suffix=".ndjson",
        gzip=True,
        resumable=True,
    ),
    Format(
        name="csv",
        media_type="text/csv; charset=utf-8",
        suffix=".csv",
        gzip=True,
        resumable=True,
    ),
    Format(
        name="csv-excel",
        media_type="text/csv; charset=utf-8",
        suffix=".csv",
        gzip=True,
        resumable=False,
    ),
    Format(
        name="parquet",
        media_type="application/vnd.apache.parquet",
        suffix=".parquet",
        gzip=False,
        resumable=False,
    ),
    Format(
        name="xlsx",
        media_type=f"{_OFFICE}.spreadsheetml.sheet",
        suffix=".xlsx",
        gzip=False,
        resumable=False,
    ),
)
_BY_NAME = {known.name: known for known in FORMATS}


def by_name(name: str) -> Format:
    """The format of that name.

    Raises:
        ValueError: there is none; the text names those that there are.
    """
    if name not in _BY_NAME:
        raise ValueError(f"'{name[:40]}' is not one of {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def by_accept(header: bytes) -> Format:
    """The format that the header Accept wants most; ndjson where it says nothing or nothing known.

    Of two that are wanted alike it is the one that the header names, the first that it names.
    `text/csv` is csv: csv-excel is had by its name only.
    """
    accepted = accept.ranges(header)

    def how_much(known: Format) -> accept.Wanted:
        return accept.wanted(known.media_type.partition(";")[0], accepted)

    best = max(FORMATS, key=how_much)
    return best if how_much(best).quality else FORMATS[0]


def open_encoder(name: str, include: tuple[str, ...]) -> Encoder:
    """A new encoder of the format, for the six fields and those of `include`.

    Raises:
        ValueError: there is no such format.
        MissingExtra: its package is not installed.
    """
    match by_name(name).name:
        case "ndjson":
            return NdjsonEncoder()
        case "csv":
            return CsvEncoder(include)
        case "csv-excel":
            return ExcelCsvEncoder(include)
        case "xlsx":
            return XlsxEncoder(include)
    return _parquet(include)


def _parquet(include: tuple[str, ...]) -> Encoder:
    # Arrow's own allocator keeps 30 MB more than a row group needs, and Parquet's writer takes no
    # other but by this variable. It says nothing where pyarrow is imported already.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Imported when it is wanted: pyarrow is an extra, and 40 MB of a process that has it loaded.
    try:
        from smsledger.formats.parquet import ParquetEncoder  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        raise MissingExtra("parquet") from error
    return ParquetEncoder(include)

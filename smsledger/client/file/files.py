"""Messages as the bytes of a file, by the file's suffix."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from smsledger import formats
from smsledger.client.errors import Unwritable

SUFFIXES = (".ndjson", ".csv", ".parquet", ".xlsx")
PIECE = 1024 * 1024  # bytes of FILE.part that are converted at a time


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
    """The layout that the file's suffix asks for, `include` being its further columns.

    Raises:
        ValueError: the suffix is none of SUFFIXES, or not .csv for `excel`, or its format needs a
            package that is not installed.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"the file's name must end in one of {', '.join(SUFFIXES)};"
            " a database is duckdb:///FILE or postgresql://…"
        )
    if excel and suffix != ".csv":
        raise ValueError("--excel is for a .csv file; Excel opens an .xlsx as it is")
    name = "csv-excel" if excel else suffix.removeprefix(".")
    try:
        encoder = formats.open_encoder(name, include)
    except formats.MissingExtra as error:
        raise ValueError(str(error)) from error
    # A spool of lines can be cut at any message and gone on with; a Parquet or a zip file cannot.
    if name in {"parquet", "xlsx"}:
        return Layout(name, b"", bytes, partial(_convert, name, include))
    return Layout(name, encoder.encode(b""), partial(_encoded, name, encoder))


def _convert(name: str, include: tuple[str, ...], spool: Path, file: Path) -> None:
    encoder = formats.open_encoder(name, include)
    encode = partial(_encoded, name, encoder)
    with spool.open("rb") as source, file.open("wb") as target:
        while lines := source.read(PIECE):
            target.write(encode(lines + source.readline()))
        target.write(encoder.finish())


def _encoded(name: str, encoder: formats.Encoder, lines: bytes) -> bytes:
    try:
        return encoder.encode(lines)
    except ValueError as error:
        raise Unwritable(f"a message cannot be written as {name}: {error}") from error

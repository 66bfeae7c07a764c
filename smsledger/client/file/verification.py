"""An export's file against its manifest: the bytes, their digest, the messages counted anew."""

import csv
from pathlib import Path

import msgspec

from smsledger.client.file import manifest
from smsledger.client.file.manifest import Manifest

MAX_CELL = 1024 * 1024  # characters; a body of ours has 10,000 at most


def differences(file: Path) -> tuple[str, ...]:
    """What the file is not that its manifest says, one line each; empty if it is all of it.

    Raises:
        OSError: the file or its manifest cannot be read.
    """
    try:
        said = manifest.load(file)
    except FileNotFoundError:
        return (f"there is no manifest {manifest.path_of(file).name}",)
    except msgspec.DecodeError as error:
        return (f"the manifest cannot be read: {error}",)
    if not file.exists():
        return ("there is no such file, only its manifest",)
    return (*_bytes(file, said), *_messages(file, said))


def _bytes(file: Path, said: Manifest) -> list[str]:
    size, sha256 = manifest.measure(file)
    facts = (("bytes", said.bytes, size), ("sha256", said.sha256, sha256))
    return [f"{name}: {has}, the manifest says {says}" for name, says, has in facts if has != says]


def _messages(file: Path, said: Manifest) -> list[str]:
    """What is wrong with the count; nothing of an .xlsx, whose digest has to do."""
    try:
        found = _count(file, said.format)
    except ValueError as error:
        return [f"messages: cannot be counted: {error}"]
    if found is None or found == said.messages:
        return []
    return [f"messages: {found}, the manifest says {said.messages}"]


def _count(file: Path, form: str) -> int | None:
    match form:
        case "ndjson":
            with file.open("rb") as lines:
                return sum(1 for _ in lines)
        case "csv" | "csv-excel":
            return _records(file)
        case "parquet":
            return _parquet_rows(file)
    return None


def _records(file: Path) -> int:
    """The records under the header.

    Raises:
        ValueError: it is no CSV.
    """
    csv.field_size_limit(MAX_CELL)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        try:
            return sum(1 for _ in csv.reader(lines, strict=True)) - 1
        except csv.Error as error:
            raise ValueError(str(error)) from error


def _parquet_rows(file: Path) -> int:
    """The rows that the file's footer counts.

    Raises:
        ValueError: it is no Parquet file, or pyarrow is not installed.
    """
    try:
        from pyarrow import lib, parquet  # noqa: PLC0415 (an extra: only who has such files)
    except ImportError as error:
        raise ValueError("pip install 'smsledger[parquet]'") from error
    try:
        return int(parquet.read_metadata(file).num_rows)
    except (lib.ArrowException, OSError) as error:  # a broken footer is an OSError without a file
        raise ValueError(str(error)) from error

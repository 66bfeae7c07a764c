"""FILE.manifest.json: what an export's file holds, and the proof that it is that file."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from smsledger.client.file import durable
from smsledger.client.file.checkpoint import Checkpoint


class Window(msgspec.Struct, frozen=True):
    """The dates that were asked for, GMT, both inclusive."""

    start: str
    end: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What was exported.

    `server` is the API's URL. `filters` are the other parameters as sent, each with its values.
    `changes` is the token from which the change feed goes on without a gap, if it is known.
    """

    program: int
    server: str
    window: Window
    filters: dict[str, list[str]]
    format: str
    messages: int
    changes: str | None


class Manifest(Content, frozen=True, kw_only=True):
    """What was exported, and as which bytes. `created` is GMT."""

    version: Literal[1] = 1
    bytes: int
    sha256: str
    complete: Literal[True] = True
    created: datetime


def of(end: Checkpoint) -> Content:
    """What an export that came to this end holds."""
    request = end.request
    filters: dict[str, list[str]] = {}
    for name, value in request.filters:
        if name != "pageSize":
            filters.setdefault(name, []).append(value)
    return Content(
        program=request.program_id,
        server=request.base,
        window=Window(request.start, request.end),
        filters=filters,
        format=end.format,
        messages=end.messages,
        changes=end.changes,
    )


def prove(content: Content, file: Path) -> Manifest:
    """The manifest of the content in the bytes of the file, which is read whole."""
    size, sha256 = measure(file)
    created = datetime.now(UTC).replace(microsecond=0)
    return Manifest(**msgspec.structs.asdict(content), bytes=size, sha256=sha256, created=created)


def measure(file: Path) -> tuple[int, str]:
    """The file's length in bytes and its SHA-256 digest, in hexadecimal digits."""
    with file.open("rb") as stream:
        return os.fstat(stream.fileno()).st_size, hashlib.file_digest(stream, "sha256").hexdigest()


def path_of(output: Path) -> Path:
    """Where the manifest of a file is."""
    return output.with_name(output.name + ".manifest.json")


def load(output: Path) -> Manifest:
    """The manifest beside the file.

    Raises:
        FileNotFoundError: there is none.
        msgspec.DecodeError: it is none that this release can read.
    """
    return msgspec.json.decode(path_of(output).read_bytes(), type=Manifest)


def replace(fresh: Path, output: Path, manifest: Manifest) -> None:
    """Make `fresh` the output, with its manifest, each in place of an earlier one; durably.

    The earlier manifest goes before the earlier file does. The new one is on the disk by then,
    under another name, so that a full disk leaves the earlier two as they are.
    """
    place = path_of(output)
    durable.prepare(place, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    place.unlink(missing_ok=True)
    durable.sync_directory(output.parent)
    fresh.replace(output)
    durable.sync_directory(output.parent)
    durable.put(place)

"""How far an export has come: FILE.part.json, replaced as a whole or not at all."""

import os
from pathlib import Path
from typing import Literal

import msgspec

from smsledger.client.request import ExportRequest


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The state after a page: `offset` bytes of the partial file hold `messages` messages.

    The walk goes on at `next_url`, with the dates that `request` resolved.
    """

    version: Literal[1] = 1
    request: ExportRequest
    next_url: str
    offset: int
    messages: int


def load(file: Path) -> Checkpoint | None:
    """The checkpoint in the file; None if there is none that this release can read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Checkpoint)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def save(file: Path, checkpoint: Checkpoint) -> None:
    """Replace the file's checkpoint, durably."""
    fresh = _unfinished(file)
    with fresh.open("wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(checkpoint)))
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
    sync_directory(file.parent)


def remove(file: Path) -> None:
    """Remove the checkpoint, durably, and what a kill left of writing it."""
    _unfinished(file).unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    sync_directory(file.parent)


def sync_directory(directory: Path) -> None:
    """Make renames and removals in the directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unfinished(file: Path) -> Path:
    return file.with_name(file.name + ".tmp")

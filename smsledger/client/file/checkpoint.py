"""How far an export has come: FILE.part.json, replaced as a whole or not at all."""

from pathlib import Path
from typing import Literal

import msgspec

from smsledger.client.file import durable
from smsledger.client.http.request import ExportRequest


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The state after a page, or at a mark: `offset` bytes of FILE.part hold `messages` messages.

    The walk goes on at `next_url`, with the dates that `request` resolved: a whole export if
    `streamed`, else a page. `format` is that of the file. `changes` is the walk's token of the
    change feed, if it is known.
    """

    version: Literal[2] = 2
    request: ExportRequest
    format: str
    streamed: bool
    next_url: str
    offset: int
    messages: int
    changes: str | None = None


def load(file: Path) -> Checkpoint | None:
    """The checkpoint in the file; None if there is none that this release can read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Checkpoint)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def save(file: Path, checkpoint: Checkpoint) -> None:
    """Replace the file's checkpoint, durably."""
    durable.write(file, msgspec.json.format(msgspec.json.encode(checkpoint)))

"""Small files that are there whole or not at all, also after a power cut."""

import os
from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Make the content the file's, in place of an earlier one."""
    prepare(file, content)
    put(file)


def prepare(file: Path, content: bytes) -> None:
    """Have the content on the disk, beside the file, for `put`: it can fail for want of room."""
    with _unfinished(file).open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def put(file: Path) -> None:
    """Make what was prepared the file, in place of an earlier one."""
    _unfinished(file).replace(file)
    sync_directory(file.parent)


def remove(file: Path) -> None:
    """Remove the file, and what a kill left of writing it."""
    _unfinished(file).unlink(missing_ok=True)
    file.unlink(missing_ok=True)
    sync_directory(file.parent)


def sync(file: Path) -> None:
    """Bring what was written to the file onto the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Make renames and removals in the directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unfinished(file: Path) -> Path:
    return file.with_name(file.name + ".tmp")

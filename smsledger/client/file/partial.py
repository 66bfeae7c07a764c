"""FILE.part: what an export has written so far, beside the file that it will become.

Killed at any moment, the two files agree: the checkpoint is replaced after the bytes it counts
are on the disk, and removed before those bytes are cut off. What lies beyond its offset is of a
page that did not finish, and is cut off on resuming.

A file of another form is made of it when it is complete, in FILE.part2. The manifest of an earlier
file is gone before the file is replaced, and the new one comes after it: so a manifest never
stands beside a file that it does not speak of.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self

from smsledger.client.errors import OutputBusy
from smsledger.client.file import checkpoint as checkpoints
from smsledger.client.file import durable, manifest
from smsledger.client.file.checkpoint import Checkpoint
from smsledger.client.file.manifest import Content

# A checkpoint costs two fsyncs. Ten a second cost nothing that counts, and a kill then loses a
# tenth of a second of pages, which are fetched again.
CHECKPOINT_SECONDS = 0.1


class PartialFile:
    """The partial file of an output, locked while it is open, and its checkpoint.

    Closing keeps both for the next run if they hold a message, else removes them.
    """

    def __init__(self, output: Path) -> None:
        self.checkpoint: Checkpoint | None = None
        self._output = output
        self._path = output.with_name(output.name + ".part")
        self._converted = output.with_name(output.name + ".part2")
        self._state = output.with_name(output.name + ".part.json")
        self._saved_at = 0.0

    def __enter__(self) -> Self:
        self._file = _open_locked(self._path)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.checkpoint and self.checkpoint.messages:
                self._save(self.checkpoint)
            elif self.checkpoint:
                self.discard()
        finally:
            self._file.close()

    @property
    def is_empty(self) -> bool:
        """Whether no export has left anything here."""
        return self._size == 0 and not self._state.exists()

    def left(self) -> Checkpoint | None:
        """Where the last run stopped; None if it left nothing that can be gone on from."""
        checkpoint = checkpoints.load(self._state)
        return checkpoint if checkpoint and checkpoint.offset <= self._size else None

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on from the checkpoint: cut off what was written after it."""
        self._cut(checkpoint.offset)
        self.checkpoint = checkpoint

    def begin(self, header: bytes) -> int:
        """Start over with nothing but the header; returns its length in bytes."""
        durable.remove(self._state)
        self._cut(0)
        return self.append(header)

    def append(self, data: bytes) -> int:
        """Write at the end; returns the offset after it."""
        self._file.write(data)
        return self._file.tell()

    def keep(self, checkpoint: Checkpoint) -> None:
        """Remember the checkpoint: at once in memory, ten times a second on the disk."""
        self.checkpoint = checkpoint
        if time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS:
            self._save(checkpoint)
            self._saved_at = time.monotonic()

    def publish(
        self, content: Content, convert: Callable[[Path, Path], None] | None = None
    ) -> None:
        """Make it the output file, in place of one that may be there, with its manifest.

        With `convert` the output is what that makes of it.
        """
        self._sync()
        ready = self._convert(convert) if convert else self._path
        manifest.replace(ready, self._output, manifest.prove(content, ready))
        self.checkpoint = None
        durable.remove(self._state)
        if convert:  # else it is the output by now, and a FILE.part would be another run's
            self._path.unlink(missing_ok=True)

    def _convert(self, convert: Callable[[Path, Path], None]) -> Path:
        try:
            convert(self._path, self._converted)
            durable.sync(self._converted)
        except BaseException:  # also Ctrl-C: it can take minutes
            self._converted.unlink(missing_ok=True)
            raise
        return self._converted

    def discard(self) -> None:
        """Leave nothing to go on from."""
        durable.remove(self._state)
        self._converted.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)
        self.checkpoint = None

    @property
    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _cut(self, offset: int) -> None:
        self._file.truncate(offset)
        self._file.seek(offset)

    def _save(self, checkpoint: Checkpoint) -> None:
        self._sync()
        checkpoints.save(self._state, checkpoint)

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


def _open_locked(path: Path) -> BinaryIO:
    """The file at the path, made if there is none, locked against other runs.

    Raises:
        OutputBusy: another run holds it.
    """
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, file):
                return file
        except BlockingIOError as error:
            file.close()
            raise OutputBusy(f"another export is writing {path}") from error
        # Between opening and locking, the run that held it renamed it: it is the output by now.
        file.close()


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False

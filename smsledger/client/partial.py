"""FILE.part: what an export has written so far, beside the file that it will become.

Killed at any moment, the two files agree: the checkpoint is replaced after the bytes it counts
are on the disk, and removed before those bytes are cut off. What lies beyond its offset is of a
page that did not finish, and is cut off on resuming.
"""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from smsledger.client import checkpoint as checkpoints
from smsledger.client.checkpoint import Checkpoint
from smsledger.client.errors import OutputBusy

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
        self._state = output.with_name(output.name + ".part.json")
        self._saved_at = 0.0

    def __enter__(self) -> Self:
        self._file = _open_locked(self._path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        checkpoints.remove(self._state)
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

    def publish(self) -> None:
        """Make it the output file, in place of one that may be there."""
        self._sync()
        self._path.replace(self._output)
        checkpoints.remove(self._state)
        self.checkpoint = None

    def discard(self) -> None:
        """Leave nothing to go on from."""
        checkpoints.remove(self._state)
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

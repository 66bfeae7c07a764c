"""Where a library writes a file that is not there: the bytes are taken away as they come."""

import io
from typing import Any


class Sink(io.RawIOBase):
    """A file that can only be written to; it holds what was written since the last `take`."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keeps a copy, because the buffer is the writer's own."""
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        """All that was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken

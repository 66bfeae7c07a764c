"""The end of a server: after SIGTERM new requests get 503 while those in flight finish.

The main process hears the signal, the workers answer the requests: files in a directory that
they share carry the word from one to the others. A service manager or a terminal signals them all;
workers hear only the main process, when the drain is over.
"""

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from smsledger import events

# How often a worker looks for the file; a request in between still finishes.
_LOOK = 0.02
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Drain:
    """Whether the server is about to stop."""

    def __init__(self, directory: Path | None) -> None:
        self._flag = directory / "draining" if directory else None
        self._over = directory / "drained" if directory else None
        self._looked = 0.0
        self._begun = False

    @property
    def begun(self) -> bool:
        """True from the signal on, a few hundredths of a second late at most."""
        if self._flag is not None and not self._begun:
            now = time.monotonic()
            if now - self._looked > _LOOK:
                self._looked, self._begun = now, self._flag.exists()
        return self._begun

    async def let_signals_in(self) -> None:
        """Once the drain is over, hear what `hold_signals` has held back."""
        while self._over is not None and not self._over.exists():  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(_LOOK)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def hold_signals() -> None:
    """Hold the signals to end back from this process and the threads that it will start."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def drain_on_sigterm(directory: Path, seconds: float) -> None:
    """Put the drain before whatever SIGTERM and SIGINT do now; the main process calls this."""
    for each in _SIGNALS:
        before = signal.getsignal(each)
        if callable(before):
            signal.signal(each, _drained(before, directory, seconds))


def _drained(before: Callable[..., Any], directory: Path, seconds: float) -> Callable[..., Any]:
    def handle(signum: int, frame: FrameType | None) -> None:
        if (directory / "draining").exists():
            return
        (directory / "draining").touch()
        events.draining(seconds)
        threading.Timer(seconds, end, (signum, frame)).start()

    def end(signum: int, frame: FrameType | None) -> None:
        (directory / "drained").touch()
        before(signum, frame)

    return handle

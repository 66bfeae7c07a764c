"""SIGINT and SIGTERM: the end of a run that has none, between two transactions."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(KeyboardInterrupt):
    """Somebody asked for the end. A KeyboardInterrupt, because libraries let that one pass."""


class GracefulStop:
    """Raises Stopped where a signal comes, or at the end of the block that it must not break."""

    def __init__(self) -> None:
        self._delayed = False
        self._asked = False

    @contextmanager
    def handling_signals(self) -> Iterator[None]:
        """Both signals are for this one, for the block."""
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(each, self._come) for each in signals]
        try:
            yield
        finally:
            for each, handler in zip(signals, before, strict=True):
                signal.signal(each, handler)

    @contextmanager
    def delayed(self) -> Iterator[None]:
        """The block runs to its end; a second signal breaks it all the same."""
        self._delayed = True
        try:
            yield
        finally:
            self._delayed = False
            # Whatever became of the block: one that failed would be tried again.
            if self._asked:
                raise Stopped

    def _come(self, _number: int, _frame: FrameType | None) -> None:
        if self._delayed and not self._asked:
            self._asked = True
            return
        raise Stopped

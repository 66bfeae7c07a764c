"""A run without end, and a target database that is busy, down or out of room for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from smsledger.client.errors import TargetBusy, TargetError, TargetFailed, TokenMoved

FIRST_PAUSE = 0.5  # seconds between a failure and the next try
MAX_PAUSE = 30.0

T = TypeVar("T")
BUSY: tuple[type[TargetError], ...] = (TargetBusy,)
PASSING = (TargetBusy, TargetFailed, TokenMoved)


def patiently(
    run: Callable[[], T],
    note: Callable[[str], None],
    failures: tuple[type[TargetError], ...] = PASSING,
) -> T:
    """What `run` returns, called again after each of these failures of the target.

    Each failure is told to `note` before the pause, which doubles up to MAX_PAUSE, and begins anew
    after a run that lasted longer than that.

    Raises:
        Whatever else `run` does.
    """
    pause = FIRST_PAUSE
    while True:
        begun = time.monotonic()
        try:
            return run()
        except failures as error:
            if time.monotonic() - begun > MAX_PAUSE:
                pause = FIRST_PAUSE
            note(f"{error}; trying again in {pause:.1f} s")
            time.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE)

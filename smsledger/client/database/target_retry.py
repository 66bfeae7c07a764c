"""A run without end, and a target database that is busy, down or out of room for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from smsledger.client.errors import TargetBusy, TargetError, TargetFailed, TokenMoved

FIRST_PAUSE = 0.5  # seconds between a failure and the next try
MAX_PAUSE = 30.0

T = TypeVar("T")
BUSY: tuple[type[TargetError], ...] = (TargetBusy,)
PASSING = (TargetBusy, TargetFailed, TokenMoved)
_doubling = wait_exponential(multiplier=FIRST_PAUSE, max=MAX_PAUSE)


def retry_target(
    run: Callable[[], T],
    note: Callable[[str], None],
    failures: tuple[type[TargetError], ...] = PASSING,
) -> T:
    """Return what `run` returns; call it again after each of these failures of the target.

    Each failure is told to `note` before the pause. The pause doubles up to MAX_PAUSE, and is
    FIRST_PAUSE again after a run that lasted longer than that.

    Raises:
        Whatever else `run` does.
    """
    begun = 0.0

    def begin(_: RetryCallState) -> None:
        nonlocal begun
        begun = time.monotonic()

    def pause(state: RetryCallState) -> float:
        if time.monotonic() - begun > MAX_PAUSE:
            state.attempt_number = 1
        return _doubling(state)

    def tell(state: RetryCallState) -> None:
        failure = state.outcome and state.outcome.exception()
        note(f"{failure}; trying again in {state.upcoming_sleep:.1f} s")

    retrying = Retrying(
        retry=retry_if_exception_type(failures), wait=pause, before=begin, before_sleep=tell
    )
    return retrying(run)

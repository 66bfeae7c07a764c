"""When to ask again: exponential backoff with jitter, and never sooner than the server says."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_never,
    wait_exponential,
    wait_random,
)

from smsledger.client.errors import GaveUp

DEFAULT_RETRIES = 8  # with their pauses some two minutes: a fail-over, a restart
MAX_RETRY_AFTER = 300.0  # seconds; a server that says more is down, and waiting hides it

_backoff = wait_exponential(multiplier=0.5, max=30)
_jitter = wait_random(0, 0.5)


class Transient(Exception):
    """A failure that may pass; `after` is the least number of seconds to wait."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


def retrying(retries: int | None, note: Callable[[str], None]) -> Retrying:
    """Calls a function until it no longer raises Transient, at most 1 + `retries` times.

    With `retries` None there is no end.

    Each failure is told to `note` before the pause.

    Raises:
        GaveUp: the last try failed too.
    """

    def tell(state: RetryCallState) -> None:
        note(
            f"{_failure(state)}; trying again in {state.upcoming_sleep:.1f} s"
            f" ({state.attempt_number}{'' if retries is None else f' of {retries}'})"
        )

    def give_up(state: RetryCallState) -> NoReturn:
        raise GaveUp(f"gave up after {state.attempt_number} tries: {_failure(state)}")

    return Retrying(
        retry=retry_if_exception_type(Transient),
        stop=stop_never if retries is None else stop_after_attempt(1 + retries),
        wait=_pause,
        before_sleep=tell,
        retry_error_callback=give_up,
    )


def retry_after(header: str, now: datetime) -> float:
    """Seconds to wait by a Retry-After header, 0 to 300; 0 where it says nothing readable.

    The header holds seconds or an HTTP date.
    """
    try:
        seconds = float(int(header)) if header.strip().isdecimal() else _until(header, now)
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _until(http_date: str, now: datetime) -> float:
    moment = parsedate_to_datetime(http_date)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


def _pause(state: RetryCallState) -> float:
    failure = _failure(state)
    after = failure.after if isinstance(failure, Transient) else 0.0
    return max(_backoff(state), after) + _jitter(state)


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None

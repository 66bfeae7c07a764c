"""Wait for what other processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 30.0
T = TypeVar("T")


def until(what: Callable[[], T], within: float = PATIENCE) -> T:
    """What the function returns, as soon as that is true; fails when it never is."""
    deadline = time.monotonic() + within
    while not (found := what()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.05)
    return found

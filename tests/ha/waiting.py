"""Wait for what other processes do."""

import time
from collections.abc import Callable


def until(
    condition: Callable[[], bool], seconds: float = 60, said: Callable[[], str] = lambda: ""
) -> None:
    """Returns as soon as the condition holds; fails with what the processes said meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {said()}"
        time.sleep(0.05)

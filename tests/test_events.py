"""Events are written to standard error, whatever has become of it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

FULL = Path("/dev/full")  # a device on which no byte has room
LOG_TWICE = """
from smsledger import events
events.configure()
events.draining(1.0)
events.listening("127.0.0.1", 8080, 1)
print("went on")
"""


def log_into(stderr: IO[str] | int) -> str:
    """What the process that logs prints on standard output."""
    command = [sys.executable, "-c", LOG_TWICE]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False)
    return ended.stdout


def test_a_log_collector_that_has_ended_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert log_into(writing) == "went on\n"
    os.close(writing)


@pytest.mark.skipif(not FULL.exists(), reason="Linux has this device")
def test_a_full_disk_under_the_log_stops_nothing() -> None:
    with FULL.open("w") as full:
        assert log_into(full) == "went on\n"

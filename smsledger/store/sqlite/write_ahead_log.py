"""Empties the write-ahead log, which holds pages as they were before an erasure."""

import time
from contextlib import closing
from pathlib import Path

from smsledger.store.sqlite.connection import connect

# A checkpoint holds the write lock while it waits for readers: it waits only this long, and
# lets writers in before the next attempt.
ATTEMPT = 100  # milliseconds
PAUSE = 0.2  # seconds


def truncate(file: Path, seconds: float) -> bool:
    """Copy the log into the file and truncate it; return whether this was done within the time.

    A reader that still needs the log, in whichever process, keeps it.
    """
    end = time.monotonic() + seconds
    with closing(connect(file)) as connection:
        connection.set_busy_timeout(ATTEMPT)
        while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]:
            if time.monotonic() >= end:
                return False
            time.sleep(PAUSE)
    return True

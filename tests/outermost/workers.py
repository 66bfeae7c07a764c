"""The server's processes: its workers, their memory and the room they have on the disk."""

import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import Server

MIB = 1024 * 1024


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Returns as soon as the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.02)


def workers_of(server: Server) -> list[int]:
    pid = server.process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def has_ended(pid: int) -> bool:
    """A zombie has ended too: only its parent's word is missing."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def most_memory_of(pid: int) -> int:
    """The bytes that a process had at its fullest, so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def own_memory_of(pid: int) -> int:
    """The bytes that are a process's own: no files that it has mapped, the ledger among them."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("Pss_Anon:")[1].split()[0]) * 1024


@contextmanager
def full_disk(server: Server, room: int = 0) -> Iterator[None]:
    """No file of the server grows by more than `room` bytes over what the largest has now."""
    folder = Path(server.store_url.removeprefix("sqlite:///")).parent
    limit = max(each.stat().st_size for each in folder.iterdir()) + room
    for worker in workers_of(server):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for worker in workers_of(server):
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)


def end(pid: int) -> None:
    """Kill -9 one process that a test knows as its own."""
    if not has_ended(pid):
        os.kill(pid, 9)

"""A server under strace: what it wrote, when that reached the disk, and when it answered."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server import COMMAND, Server, ledger_file

CALLS = "pwrite64,write,fsync,fdatasync,recvfrom,read,sendto,writev,sendmsg"
LONGEST_TEXT = 8192  # a page of the log, and any request of ours, whole
_LINE = re.compile(r"(\d+) +(.*)")
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
_CALL = re.compile(r"(\w+)\((\d+)<([^>]*)>")

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed (Debian: strace)"
)


@dataclass(frozen=True)
class Event:
    """A system call on a file or a socket: where its begin and its end stand in the trace."""

    call: str
    target: str
    text: str
    began: int
    ended: int


class TracedServer(Server):
    """`smsledger serve` with its system calls in a file."""

    def start(self) -> None:
        self.trace = ledger_file(self.store_url).with_name("trace")
        strace = ["strace", "-f", "-q", "-y", "-s", str(LONGEST_TEXT), "-e", f"trace={CALLS}"]
        serve = [*COMMAND, "serve", "--store", self.store_url, "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*strace, "-e", "signal=none", "-o", str(self.trace), *serve, *self.options],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.wait_until_ready()

    def events(self) -> list[Event]:
        """What it did since its start, in the order of the ends."""
        return list(_events(self.trace))


def _events(trace: Path) -> Iterator[Event]:
    pending: dict[str, tuple[int, str]] = {}
    for place, line in enumerate(trace.read_text(errors="replace").splitlines()):
        matched = _LINE.match(line)
        assert matched, line
        thread, said = matched.groups()
        began = place
        if resumed := _RESUMED.match(said):
            if thread not in pending:
                continue
            began, head = pending.pop(thread)
            said = head + resumed[2]
        elif said.endswith("<unfinished ...>"):
            pending[thread] = place, said.removesuffix("<unfinished ...>")
            continue
        if call := _CALL.match(said):
            yield Event(call[1], call[3], said[call.end() :], began, place)


def is_log(event: Event) -> bool:
    """Whether it concerns the write-ahead log."""
    return event.target.endswith("-wal")


def is_sync(event: Event) -> bool:
    """Whether it put the write-ahead log on the disk."""
    return is_log(event) and event.call in {"fsync", "fdatasync"} and event.text.endswith("= 0")


def is_write(event: Event) -> bool:
    return is_log(event) and event.call == "pwrite64"


def is_answer(event: Event) -> bool:
    """Whether it sent the beginning of an answer with status 200."""
    return event.target.startswith(("socket:", "TCP:")) and "HTTP/1.1 200 OK" in event.text

"""Debian's programs, run by a user who is not root: PostgreSQL's and pgbouncer refuse root."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.postgres_programs import SERVER_USER

_SYSTEM = "/usr/sbin:/usr/bin"  # where an ordinary user's PATH does not always lead
USER = SERVER_USER if os.getuid() == 0 else None
_GROUP = pwd.getpwnam(USER).pw_gid if USER else None


def installed(name: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path=_SYSTEM)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def new_folder(name: str) -> Iterator[Path]:
    """A folder of that user's, under a path short enough for a socket; it goes at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"smsledger-{name}-")).resolve()
    try:
        if USER:
            shutil.chown(folder, USER, _GROUP)
        yield folder
    finally:
        shutil.rmtree(folder)


def free_ports(count: int) -> list[int]:
    """That many ports which nobody listens on just now."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(holder.getsockname()[1]) for holder in holders]
    for holder in holders:
        holder.close()
    return ports


class Process:
    """A program that runs until it is ended; all that it says goes to the log."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._log.parent,
                user=USER,
                group=_GROUP,
                extra_groups=[] if USER else None,
                start_new_session=True,
                env=_environment(),
            )

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what a crash does."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP: it says nothing more, and its connections stay open."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)
            self._process = None

    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-4000:]


def signal_server(data: Path, number: signal.Signals) -> None:
    """Send a signal to the PostgreSQL server of a data directory and to all its processes."""
    with suppress(FileNotFoundError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text().split()[0])
        if Path(f"/proc/{pid}/cwd").readlink() == data:
            _signal_with_children(pid, number)


def _signal_with_children(pid: int, number: signal.Signals) -> None:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        with suppress(ProcessLookupError):  # those that noticed the first one's end
            os.kill(each, number)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _environment() -> dict[str, str]:
    """Without what would tell PostgreSQL's or Patroni's programs something else."""
    foreign = ("PG", "PATRONI_", "ETCD", "PYTHON", "NOTIFY_SOCKET")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}

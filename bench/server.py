"""Servers as the processes they are in production, started and stopped for a measurement."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 15
MEBI = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A working tree, and the Python of the environment that its commands run in."""

    folder: Path
    python: Path

    def command(self, *arguments: str) -> tuple[str, ...]:
        """The command line of `python -m` with the arguments, to be run in `folder`."""
        return (str(self.python), "-m", *arguments)


THIS = Checkout(folder=Path(__file__).parents[1], python=Path(sys.executable))


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server on the loopback address."""

    pid: int
    port: int

    def memory(self) -> float:
        """Memory of the server's processes, in MiB.

        What they share is counted once, and the mapped pages of the ledger's file, which the
        system takes back whenever it likes, are not counted.
        """
        return sum(_own_bytes(pid) for pid in _family(self.pid)) / MEBI


@contextmanager
def serving(
    *arguments: str, port: int, env: Mapping[str, str] | None = None, checkout: Checkout = THIS
) -> Iterator[Server]:
    """Run `python -m` with the arguments, until the end of the block.

    Raises:
        RuntimeError: it did not listen on the port in time.
    """
    command = checkout.command(*arguments)
    env = {**os.environ, **(env or {})}
    with subprocess.Popen(command, cwd=checkout.folder, env=env) as process:
        try:
            _wait_until_listening(process, port)
            yield Server(pid=process.pid, port=port)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def serving_app(app: str, *, port: int, env: Mapping[str, str]) -> Iterator[Server]:
    """Run an ASGI app under granian, with the very settings that `smsledger serve` has."""
    settings = ("--interface", "asgi", "--workers", "1", "--loop", "asyncio")
    listening = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
    with serving("granian", *settings, *listening, app, port=port, env=env) as server:
        yield server


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not listen")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _family(int(child))


def _own_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1]) * 1024
    return 0

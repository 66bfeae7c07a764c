"""Servers of every shape, on ledgers that nobody else has open."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.outermost.ledgers import add_program
from tests.outermost.wire import Wire
from tests.server import Server

Serve = Callable[..., Server]


@pytest.fixture(autouse=True)
def _own_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server that is killed leaves behind goes with the test's folder."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))


@pytest.fixture
def ledger_url(empty_store_url: str) -> str:
    """The URL of a store with one program, which no process has open."""
    add_program(empty_store_url)
    return empty_store_url


@pytest.fixture
def serve(ledger_url: str) -> Iterator[Serve]:
    """Starts servers on the ledger; those that still run at the end are killed."""
    running: list[Server] = []

    def start(*options: str, kind: type[Server] = Server) -> Server:
        running.append(kind(ledger_url, *options))
        return running[-1]

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def run() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts other processes beside the servers; those that still run at the end are killed."""
    running: list[subprocess.Popen[str]] = []

    def start(*command: str, **options: Any) -> subprocess.Popen[str]:
        running.append(subprocess.Popen([*command], text=True, **options))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def connect() -> Iterator[Callable[[Server], Wire]]:
    """Opens connections to servers, and closes them."""
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(Wire(server))

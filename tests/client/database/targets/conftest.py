"""Both kinds of target, and the command that fills them from our own server."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import duckdb
import psycopg
import pytest

from tests.client.conftest import SECRET
from tests.making import PROGRAM
from tests.server import COMMAND, Server

COLUMNS = "id, type, delivery_status, number, body, strftime(date, '%Y-%m-%dT%H:%M:%S'), network"
IN_POSTGRES = COLUMNS.replace("strftime", "to_char").replace(
    "%Y-%m-%dT%H:%M:%S", 'YYYY-MM-DD"T"HH24:MI:SS'
)


class Target:
    def __init__(self, url: str) -> None:
        self.url = url
        self.file = url.removeprefix("duckdb:///")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if self.url.startswith("duckdb"):
            with closing(duckdb.connect(self.file)) as session:
                return session.execute(sql).fetchall()
        with psycopg.connect(self.url) as session:
            cursor = session.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def rows(self, table: str = "messages") -> list[tuple[Any, ...]]:
        columns = COLUMNS if self.url.startswith("duckdb") else IN_POSTGRES
        return sorted(self.query(f"SELECT {columns} FROM {table}"))


@pytest.fixture(params=["duckdb", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    if request.param == "duckdb":
        yield Target(f"duckdb:///{tmp_path / 'target.duckdb'}")
        return
    with request.getfixturevalue("databases").clone("template0") as url:
        yield Target(url)


class Export:
    """`smsledger export` and `follow` from a server into a target, as processes."""

    def __init__(self, server: Server, target: Target) -> None:
        user, secret = server.auth
        asked = (server.url, "--user", user, "--program", str(PROGRAM))
        self.arguments = [*asked, "--output", target.url]
        self.environment = {**os.environ, "SMSLEDGER_SECRET": secret}
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *options: str, command: str = "export") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, command, *self.arguments, *options],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.running.append(process)
        return process

    def follow(self, *options: str) -> subprocess.Popen[str]:
        return self.start(*options, command="follow")

    def __call__(self, *options: str, status: int = 0) -> str:
        process = self.start(*options)
        printed = process.communicate(timeout=60)[0]
        assert process.returncode == status, printed
        return printed


@pytest.fixture
def export(server: Server, target: Target) -> Iterator[Export]:
    export = Export(server, target)
    yield export
    for process in export.running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


def ledger_rows(server: Server) -> list[tuple[Any, ...]]:
    names = ("id", "type", "deliveryStatus", "number", "body", "date", "network")
    walked = server.walk(include="id", pageSize=500)
    return sorted(tuple(message[name] for name in names) for message in walked)


def eventually(condition: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.2)


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes with the original's credential; those that still run are killed."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*words: str, stderr: IO[str] | None = None) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "SMSLEDGER_SECRET": SECRET}
        running.append(subprocess.Popen(words, env=environment, stderr=stderr))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()

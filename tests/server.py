"""A real server process on a real file, spoken to over HTTP."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from smsledger.accounts.provisioning import digest_of
from smsledger.cli.common import with_store
from smsledger.ledger.model import Credential, Scope
from tests.making import PROGRAM

COMMAND = [sys.executable, "-m", "smsledger"]


def smsledger(*arguments: str, status: int = 0, **environment: str) -> str:
    """What the command prints; its exit status must be the one expected."""
    ran = subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    assert ran.returncode == status, ran.stderr + ran.stdout
    return ran.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`smsledger serve` with a credential for everything; `kill` is kill -9, `stop` is SIGTERM."""

    def __init__(self, store_url: str, *options: str, log: Path = Path(os.devnull)) -> None:
        self.store_url = store_url
        self.log = log
        self.options = options
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.program_url = f"{self.url}/api/messages/program/{PROGRAM}"
        self.auth = (f"tester-{self.port}", secrets.token_urlsafe(32))
        self._create_credential()
        self.start()

    def start(self) -> None:
        place = ("--store", self.store_url, "--port", str(self.port))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", *place, *self.options], stderr=log, start_new_session=True
            )
        try:
            self.wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def _create_credential(self) -> None:
        """For all that a program's callers do; made here, as a command takes a second."""
        username, secret = self.auth
        scopes = frozenset({Scope.EXPORT, Scope.INGEST, Scope.REPORT})
        credential = Credential(username=username, scopes=scopes)
        with_store(
            self.store_url, lambda store: store.create_credential(credential, digest_of(secret))
        )

    def kill(self) -> None:
        """Kill -9 the main process and its workers."""
        with suppress(ProcessLookupError):  # it refused to start
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(timeout=60)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=self.auth, timeout=30)

    def get(self, **parameters: Any) -> httpx.Response:
        return httpx.get(self.program_url, params=parameters, auth=self.auth, timeout=30)

    def post(self, rows: list[dict[str, Any]], to: str = "") -> httpx.Response:
        return httpx.post(self.program_url + to, json=rows, auth=self.auth, timeout=30)

    def counted(self) -> int:
        """How many messages there are, as the counts say: who asks for them exports nothing."""
        url = f"{self.program_url}/counts?by=day"
        answer = httpx.get(url, auth=self.auth, timeout=30).raise_for_status().json()
        return sum(each["messages"] for each in answer["data"]["counts"])

    def walk(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All messages of a walk, page after page."""
        page = self.get(**parameters).raise_for_status().json()
        yield from page["data"]["messages"]
        while url := page["meta"]["nextPageUrl"]:
            page = httpx.get(url, auth=self.auth, timeout=30).raise_for_status().json()
            yield from page["data"]["messages"]

    def wait_until_ready(self) -> None:
        for _ in range(1200):
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, "the server ended at its start"
            time.sleep(0.05)
        raise AssertionError("the server did not get ready")


def ledger_file(store_url: str) -> Path:
    return Path(store_url.removeprefix("sqlite:///"))

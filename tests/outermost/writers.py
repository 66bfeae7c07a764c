"""Writers: processes that ingest over HTTP and try again until each request is acknowledged.

    python -m tests.outermost.writers '{"urls": […], "auth": […], "name": …, "count": …, "log": …}'

A writer sends messages alone and in batches, dated at random so that they land in the midst of
any walk, and receipts for them, some before their message, some twice.
"""

import http.client
import json
import random
import sys
import time
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.making import PROGRAM
from tests.server import Server

PATH = f"/api/messages/program/{PROGRAM}"


def writer_of(servers: Sequence[Server], name: str, count: int, log: Path) -> list[str]:
    """The command of a writer of `count` messages `NAME-1`, …, to whichever server answers."""
    auth = b64encode(":".join(servers[0].auth).encode()).decode()
    urls = [server.url for server in servers]
    task = {"urls": urls, "auth": auth, "name": name, "count": count, "log": str(log)}
    return [sys.executable, "-m", "tests.outermost.writers", json.dumps(task)]


class Writer:
    def __init__(self, urls: list[str], auth: str, name: str, count: int, log: str) -> None:
        self.hosts = [urlsplit(url).netloc for url in urls]
        self.auth = auth
        self.name = name
        self.count = count
        self.log = Path(log).open("w", buffering=1)  # noqa: SIM115 (as long as the process)
        self.random = random.Random(name)  # noqa: S311
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        written = 0
        while written < self.count:
            size = min(self.random.choice([1, 1, 1, 5, 20]), self.count - written)
            ids = [f"{self.name}-{written + n}" for n in range(1, size + 1)]
            self._write(ids)
            written += size

    def _write(self, ids: list[str]) -> None:
        """Messages, and receipts before and after them."""
        if self.random.random() < 0.2:
            self._receive(ids[:1], "Undelivered")
        rows = [self._row(each) for each in ids]
        sent = time.monotonic_ns()
        report = self._post(PATH, rows)
        acked = time.monotonic_ns()
        assert report["accepted"] + report["duplicates"] == len(rows), report
        for each in ids:
            self._note(id=each, status="Sent", sent=sent, acked=acked)
        if self.random.random() < 0.5:
            self._receive(ids, self.random.choice(["Error", "Undelivered", "Delivered"]))

    def _receive(self, ids: list[str], status: str) -> None:
        rows = [{"id": each, "deliveryStatus": status} for each in ids]
        report = self._post(f"{PATH}/receipts", rows * self.random.choice([1, 2]))
        assert report["rejected"] == 0, report
        for each in ids:
            self._note(id=each, status=status)

    def _row(self, message_id: str) -> dict[str, Any]:
        date = datetime.now(UTC) - timedelta(seconds=self.random.randrange(2 * 86400))
        return {
            "id": message_id,
            "type": "MT",
            "number": f"1555{self.random.randrange(10_000):07d}",
            "body": f"This is message {message_id} 👋",
            "date": date.strftime("%Y-%m-%dT%H:%M:%S"),
        }

    def _post(self, path: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """The report on the rows, once a server has acknowledged them."""
        while True:
            try:
                status, body = self._try(path, rows)
            except (OSError, http.client.HTTPException):
                self.connection = None
                time.sleep(0.02)
                continue
            if status == 200:
                report: dict[str, Any] = json.loads(body)["data"]
                return report
            assert status == 503, body

    def _try(self, path: str, rows: list[dict[str, Any]]) -> tuple[int, bytes]:
        if self.connection is None:
            host = self.random.choice(self.hosts)
            self.connection = http.client.HTTPConnection(host, timeout=30)
        headers = {"Authorization": f"Basic {self.auth}", "Content-Type": "application/json"}
        self.connection.request("POST", path, json.dumps(rows), headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def _note(self, **entry: Any) -> None:
        self.log.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    Writer(**json.loads(sys.argv[1])).run()

"""Writers and walkers that come again when they are told so: 503 with Retry-After."""

import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.outermost.walkers import Walker
from tests.outermost.writers import Writer, writer_of
from tests.server import Server

# Less than Retry-After says: the tests have no time, and the server has to bear it.
PAUSE = 0.2


class PatientClient(httpx.Client):
    """Asks again after each 503, which must say when; `refusals` counts them."""

    refusals = 0

    def get(self, *arguments: Any, **options: Any) -> httpx.Response:
        while (answer := super().get(*arguments, **options)).status_code == 503:
            assert int(answer.headers["retry-after"]) > 0
            self.refusals += 1
            time.sleep(PAUSE)
        return answer


class PatientWalker(Walker):
    """A walker that comes again."""

    def __init__(self, servers: Sequence[Server], page_size: int) -> None:
        super().__init__(servers, page_size)
        self._client.close()
        self._client: PatientClient = PatientClient(auth=servers[0].auth, timeout=60)

    @property
    def refusals(self) -> int:
        return self._client.refusals

    def abandon(self) -> None:
        """End at once, in the midst of a walk too."""
        self._stop_it.set()
        self._client.close()


class HeldWalker(PatientWalker):
    """A walker that has read a first page, and follows its `nextPageUrl` when it is released."""

    def __init__(self, servers: Sequence[Server], page_size: int) -> None:
        super().__init__(servers, page_size)
        self.is_held = threading.Event()
        self._gate = threading.Event()

    def release(self) -> None:
        self._gate.set()

    def abandon(self) -> None:
        super().abandon()
        self.release()

    def _page(self, query: str) -> tuple[dict[str, Any], int, int]:
        if "cursor=" in query:
            self.is_held.set()
            self._gate.wait()
        return super()._page(query)


class PatientWriter(Writer):
    """A writer that comes again."""

    def _try(self, path: str, rows: list[dict[str, Any]]) -> tuple[int, bytes]:
        status, body = super()._try(path, rows)
        if status == 503:
            time.sleep(PAUSE)
        return status, body


def patient_writer_of(servers: Sequence[Server], name: str, count: int, log: Path) -> list[str]:
    """The command of such a writer; see `writer_of`."""
    *_, task = writer_of(servers, name, count, log)
    return [sys.executable, "-m", "tests.ha.patience", task]


if __name__ == "__main__":
    PatientWriter(**json.loads(sys.argv[1])).run()

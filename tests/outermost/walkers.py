"""Walkers: threads that walk again and again, through whatever happens to the servers."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from smsledger.ledger import cursor as cursors
from tests.outermost.acknowledged import Acknowledged
from tests.server import Server


@dataclass
class Walked:
    """One walk: its ids in order, when its first page was asked for and served, and its pin.

    The pin is None where one page was the whole walk.
    """

    asked: int = 0
    served: int = 0
    pin: int | None = None
    ids: list[str] = field(default_factory=list)

    def check(self, acknowledged: Acknowledged, serials: dict[str, int]) -> None:
        """It saw exactly what the ledger held at its first page, once, in the ledger's order.

        `serials` are all messages by id, in the order (date, serial).
        """
        said = acknowledged.messages.items()
        assert {each for each, entry in said if entry["acked"] < self.asked} <= set(self.ids)
        assert {each for each, entry in said if entry["sent"] > self.served}.isdisjoint(self.ids)
        if self.pin is None:
            assert len(set(self.ids)) == len(self.ids)
        else:
            assert self.ids == [each for each, serial in serials.items() if serial <= self.pin]


class Walker(threading.Thread):
    """Walks until it is told to stop, and then to the end of the walk it is in."""

    def __init__(self, servers: Sequence[Server], page_size: int) -> None:
        super().__init__(daemon=True)
        self.servers = servers
        self.page_size = page_size
        self.walks: list[Walked] = []
        self.retries = 0
        self.failure: BaseException | None = None
        self._stop_it = threading.Event()
        self._random = random.Random(page_size)  # noqa: S311
        self._client = httpx.Client(auth=servers[0].auth, timeout=30)

    def run(self) -> None:
        try:
            while not self._stop_it.is_set():
                self.walks.append(self._walk())
        except BaseException as failure:  # noqa: BLE001 (finish() raises it in the test)
            self.failure = failure

    def finish(self) -> list[Walked]:
        self._stop_it.set()
        self.join()
        self._client.close()
        if self.failure:
            raise self.failure
        return self.walks

    def _walk(self) -> Walked:
        walked = Walked()
        query = f"pageSize={self.page_size}&include=id"
        page, walked.asked, walked.served = self._page(query)
        walked.ids = _ids(page)
        while url := page["meta"]["nextPageUrl"]:
            cursor = cursors.decode(parse_qs(urlsplit(url).query)["cursor"][0])
            assert walked.pin in (None, cursor.walk.pin)
            walked.pin = cursor.walk.pin
            page, _, _ = self._page(urlsplit(url).query)
            walked.ids += _ids(page)
        return walked

    def _page(self, query: str) -> tuple[dict[str, Any], int, int]:
        """A page, from any of the servers, with the times just before and just after it."""
        while True:
            server = self._random.choice(self.servers)
            asked = time.monotonic_ns()
            try:
                answer = self._client.get(f"{server.program_url}?{query}")
            except httpx.TransportError:
                self.retries += 1
                continue
            assert answer.status_code == 200, answer.text
            return answer.json(), asked, time.monotonic_ns()


def _ids(page: dict[str, Any]) -> list[str]:
    return [message["id"] for message in page["data"]["messages"]]

"""The change feed read from its beginning, again and again, while messages and receipts arrive."""

import random
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.server import Server

READINGS = 200
FIRST_PAGE = "/changes?limit=10000"
MESSAGES = 3_000  # at the first reading: a page of 10,000 is read in three steps and more


class Writer(threading.Thread):
    """Posts new messages, and receipts for older ones, until `ended` is set.

    `acknowledged` has the status of every message by its id. It is replaced and never changed, so
    that a reader can keep it as it was.
    """

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.ended = threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.failure: BaseException | None = None

    def run(self) -> None:
        chance, number = random.Random(11), 0  # noqa: S311
        try:
            with self.server.client() as client:
                self.add(client, MESSAGES)
                while not self.ended.is_set():
                    number += 1
                    known = chance.sample(sorted(self.acknowledged), 20)
                    self.deliver(client, known, f"receipt {number}")
                    self.add(client, 2)
        except BaseException as failure:  # noqa: BLE001 (the test raises it)
            self.failure = failure

    def add(self, client: httpx.Client, count: int) -> None:
        known = len(self.acknowledged)
        rows = [make_row(id=f"m-{known + n}", type="MT") for n in range(count)]
        self.post(client, "", rows)
        self.acknowledged = self.acknowledged | dict.fromkeys([row["id"] for row in rows], "Sent")

    def deliver(self, client: httpx.Client, ids: list[str], text: str) -> None:
        rows = [{"id": known, "deliveryStatus": "Delivered", "text": text} for known in ids]
        self.post(client, "/receipts", rows)
        self.acknowledged = self.acknowledged | dict.fromkeys(ids, "Delivered")

    def post(self, client: httpx.Client, to: str, rows: list[dict[str, Any]]) -> None:
        answer = client.post(self.server.program_url + to, json=rows).raise_for_status()
        assert answer.json()["data"]["accepted"] == len(rows)


@pytest.fixture
def writer(serve: Serve) -> Iterator[Writer]:
    running = Writer(serve())
    running.start()
    while len(running.acknowledged) < MESSAGES and running.is_alive():
        running.join(0.01)
    yield running
    running.ended.set()
    running.join()
    assert running.failure is None


def read_to_the_end(client: httpx.Client, url: str) -> tuple[dict[str, str], int]:
    """The status of each message by its id, as a reader holds it at `nextPageUrl: null`."""
    held: dict[str, str] = {}
    following: str | None = url
    pages = 0
    while following:
        page = client.get(following).raise_for_status().json()
        held |= {entry["id"]: entry["deliveryStatus"] for entry in page["data"]["messages"]}
        following, pages = page["meta"]["nextPageUrl"], pages + 1
    return held, pages


def is_held(held: dict[str, str], known: str, status: str) -> bool:
    """Whether the reader has a message with the status that was acknowledged, or a later one."""
    return held.get(known) in {status, "Delivered"}


def test_at_the_end_of_the_feed_a_reader_holds_all_that_was_acknowledged_before(
    writer: Writer,
) -> None:
    pages_read = 0
    with writer.server.client() as client:
        for _ in range(READINGS):
            before = writer.acknowledged
            held, pages = read_to_the_end(client, writer.server.program_url + FIRST_PAGE)
            lost = [known for known, said in before.items() if not is_held(held, known, said)]
            assert lost == []
            pages_read += pages
    assert pages_read > READINGS  # messages did change while pages were read

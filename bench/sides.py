"""Two servers with the same messages that are asked in turn, and what is measured of each."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice, repeat

import asyncpg
import msgspec

from bench import stream, wire
from bench.comparison import Effort
from bench.exports import EXPORT
from bench.ledger import Ledger, new_folder
from bench.load import load
from bench.pages import following
from bench.postgres import cluster
from bench.posts import Posts
from bench.server import Server
from bench.stock import Stock, new_messages
from bench.walk import PATH
from smsledger.ledger.model import Message

BATCH = 100
MOST_BATCHES = 400  # more than any machine takes in a second
CONNECTIONS = 4
SEED = 8


class Side:
    """One of two servers; each measure returns a rate, for which more is better."""

    def __init__(self, ledger: Ledger, server: Server, effort: Effort) -> None:
        messages = new_messages(SEED)
        batches = iter(lambda: list(islice(messages, BATCH)), [])
        self._ledger = ledger
        self._port = server.port
        self._seconds = effort.seconds
        self._size = int(MOST_BATCHES * effort.seconds)
        self._stock = Stock(batches, self._size)
        self._posted: deque[list[Message]] = deque()  # batches without receipts
        self._posts = Posts(ledger, server, effort)

    def pages(self, size: int) -> float:
        """Pages a second, of pages that follow another."""
        request = following(self._ledger, self._port, "", size)
        return self._rate(repeat(request))

    def ingest(self) -> float:
        """Batches of messages a second."""
        return self._rate(iter([self._post(batch) for batch in self._batches()]))

    def receipts(self) -> float:
        """Batches of receipts a second, one receipt for each message of a batch."""
        self._posted.clear()
        for batch in self._batches():
            wire.ask(self._port, self._post(batch))
        return self._rate(iter([self._receive() for _ in list(self._posted)]))

    def posts(self, clients: int) -> float:
        """Messages a second, one per request, from so many clients."""
        return self._posts.rate(clients)

    def exports(self) -> float:
        """Whole exports as NDJSON a second."""
        began = time.perf_counter()
        stream.drain(self._ledger, self._port, EXPORT)
        return 1 / (time.perf_counter() - began)

    def _rate(self, requests: Iterator[bytes]) -> float:
        return load(self._port, requests, connections=CONNECTIONS, seconds=self._seconds).rate

    def _batches(self) -> list[list[Message]]:
        self._stock.fill()
        return list(islice(self._stock, self._size))

    def _post(self, messages: list[Message]) -> bytes:
        self._posted.append(messages)
        names = ("id", "type", "number", "body", "network")
        rows = [{name: getattr(message, name) for name in names} for message in messages]
        return self._ledger.credential.post(PATH, msgspec.json.encode(rows))

    def _receive(self) -> bytes:
        rows = [
            {"id": message.id, "deliveryStatus": "Error" if message.type == "MT" else "Received"}
            for message in self._posted.popleft()
        ]
        return self._ledger.credential.post(f"{PATH}/receipts", msgspec.json.encode(rows))


@contextmanager
def new_stores(engine: str, names: Sequence[str]) -> Iterator[list[str]]:
    """The URLs of new stores, which are there for the block: files or databases of one server."""
    with new_folder() as folder, ExitStack() as stack:
        if engine == "sqlite":
            yield [f"sqlite:///{folder / name}.db" for name in names]
        else:
            server = stack.enter_context(cluster.running(folder / "cluster"))
            yield asyncio.run(_databases(server, names))


async def _databases(server: str, names: Sequence[str]) -> list[str]:
    connection = await asyncpg.connect(server)
    for name in names:
        await connection.execute(f"CREATE DATABASE ledger_{name}")
    await connection.close()
    return [f"{server.rsplit('/', 1)[0]}/ledger_{name}" for name in names]

"""One message per request: requests that wait for one program are committed together."""

from collections.abc import Iterator

import msgspec

from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, Ledger
from bench.load import load
from bench.server import Server
from bench.stock import Stock, new_messages

PATH = f"/api/messages/program/{PROGRAM}"
SEED = 9
MOST_PER_SECOND = 40_000


class Posts:
    """Messages posted to a server, one per request, none of them twice."""

    def __init__(self, ledger: Ledger, server: Server, effort: Effort) -> None:
        self._port = server.port
        self._seconds = effort.seconds
        self._stock = Stock(_requests(ledger), int(MOST_PER_SECOND * effort.seconds))

    def rate(self, clients: int) -> float:
        """Messages a second, of so many clients, each waiting for its answer."""
        self._stock.fill()
        return load(self._port, self._stock, connections=clients, seconds=self._seconds).rate


def compare(
    ledger: Ledger, ours: Server, effort: Effort, *, clients: int, at_least: float
) -> Iterator[Comparison]:
    """Many clients against one, on the same ledger."""
    posts = Posts(ledger, ours, effort)
    measures = {"one": lambda: posts.rate(1), "many": lambda: posts.rate(clients)}
    rates = alternate(measures, rounds=effort.rounds)
    yield Comparison(
        name=f"one message per POST, {clients} clients against one",
        unit="messages/s",
        ours=rates["many"],
        other=rates["one"],
        target=at_least,
    )


def _requests(ledger: Ledger) -> Iterator[bytes]:
    """As an application posts them: without a date."""
    for message in new_messages(SEED):
        fields = {
            "id": message.id,
            "type": message.type,
            "number": message.number,
            "body": message.body,
            "network": message.network,
        }
        yield ledger.credential.post(PATH, msgspec.json.encode([fields]))

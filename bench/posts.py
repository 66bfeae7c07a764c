"""One message per request: requests that wait for one program are committed together."""

from collections.abc import Iterator

import msgspec

from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, Ledger
from bench.load import load
from bench.server import Server
from smsledger import instant, sample

PATH = f"/api/messages/program/{PROGRAM}"
CLIENTS = 32
SEED = 9
ENOUGH = 2_000_000  # more than any machine posts in the time
TARGET = 3.0


def compare(ledger: Ledger, ours: Server, effort: Effort) -> Iterator[Comparison]:
    """32 clients against one, on the same ledger."""
    requests = _requests(ledger)

    def rate(connections: int) -> float:
        posted = load(ours.port, requests, connections=connections, seconds=effort.seconds)
        return posted.rate

    measures = {"one": lambda: rate(1), "many": lambda: rate(CLIENTS)}
    rates = alternate(measures, rounds=effort.rounds)
    yield Comparison(
        name=f"one message per POST, {CLIENTS} clients against one",
        unit="messages/s",
        ours=rates["many"],
        other=rates["one"],
        target=TARGET,
    )


def _requests(ledger: Ledger) -> Iterator[bytes]:
    """Messages that the ledger has not seen, as an application posts them: without a date."""
    for batch in sample.batches(count=ENOUGH, seed=SEED, end=instant.now()):
        for message in batch.messages:
            fields = {
                "id": message.id,
                "type": message.type,
                "number": message.number,
                "body": message.body,
                "network": message.network,
            }
            yield ledger.credential.post(PATH, msgspec.json.encode([fields]))

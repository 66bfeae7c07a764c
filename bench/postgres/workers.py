"""Two workers of our server against one, on the same machine as the database."""

from collections.abc import Iterator

from bench.comparison import Comparison, Effort, alternate
from bench.ledger import Ledger, serving_ledger
from bench.pages import SIZES, following, rate_of
from bench.server import Server

WORKERS = 2
CLIENTS = 32


def compare(ledger: Ledger, one: Server, effort: Effort) -> Iterator[Comparison]:
    """A page that follows another, asked for by many clients."""
    with serving_ledger(ledger, workers=WORKERS) as two:
        for size in SIZES:
            page = [following(ledger, one.port, "", size)]
            measures = {
                "one": rate_of(one.port, page, effort, CLIENTS),
                "two": rate_of(two.port, page, effort, CLIENTS),
            }
            rates = alternate(measures, rounds=effort.rounds)
            yield Comparison(
                name=f"pages of {size} to {CLIENTS} clients, two workers against one",
                unit="requests/s",
                ours=rates["two"],
                other=rates["one"],
            )

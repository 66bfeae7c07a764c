"""Two workers of our server against one, on the same machine as the database."""

from collections.abc import Iterator

from bench.comparison import Comparison, Effort, alternate
from bench.ledger import Ledger, serving_ledger
from bench.pages import SIZES, rate_of
from bench.server import Server
from bench.walk import PATH

WORKERS = 2
CLIENTS = 32


def compare(ledger: Ledger, one: Server, effort: Effort) -> Iterator[Comparison]:
    """First pages, asked for by many clients."""
    with serving_ledger(ledger, workers=WORKERS) as two:
        for size in SIZES:
            first = [ledger.credential.get(f"{PATH}?pageSize={size}")]
            measures = {
                "one": rate_of(one.port, first, effort, CLIENTS),
                "two": rate_of(two.port, first, effort, CLIENTS),
            }
            rates = alternate(measures, rounds=effort.rounds)
            yield Comparison(
                name=f"pages of {size} to {CLIENTS} clients, two workers against one",
                unit="requests/s",
                ours=rates["two"],
                other=rates["one"],
            )

"""Counts of a year, which are kept, against the engine's own counting of the messages."""

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial

from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, Ledger
from smsledger.ledger import instant
from smsledger.ledger.counts import By, CountsQuery
from smsledger.store import open_store
from smsledger.store.store import Store

# What a report shows at once.
REPORT: tuple[By, ...] = ("day", "network", "status")
HOURS: tuple[By, ...] = ("hour",)
TARGET = 0.05
KEPT, COUNTED = "kept", "counted"
# What all three of a report are sums of.
SQL = f"""
SELECT date / {instant.DAY}, type, delivery_status, network, count(*), sum(segments),
       count(segments)
FROM message WHERE program_id = {PROGRAM} GROUP BY 1, 2, 3, 4
"""


def compare(ledger: Ledger, ask: Callable[[str], object], effort: Effort) -> Iterator[Comparison]:
    """A year by day, by network and by status; and by hour, for information.

    `ask` runs a statement on the ledger's database, and has its rows.
    """
    with asyncio.Runner() as runner:
        store = runner.run(open_store(ledger.url))
        for name, kinds, target in (
            ("by day, network and status", REPORT, TARGET),
            ("by hour", HOURS, None),
        ):
            measures = {
                KEPT: partial(_time, runner, store, kinds, effort.seconds),
                COUNTED: partial(_time_of, ask),
            }
            times = alternate(measures, rounds=effort.rounds)
            yield Comparison(
                name=f"time of a year's counts {name} against a GROUP BY",
                unit="µs",
                ours=times[KEPT],
                other=times[COUNTED],
                target=target,
                at_most=True,
            )
        runner.run(store.close())


def _time(runner: asyncio.Runner, store: Store, kinds: tuple[By, ...], seconds: float) -> float:
    """How long all of them take, one after the other, in microseconds."""
    asked, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds or not asked:
        runner.run(_ask(store, kinds))
        asked += 1
    return passed / asked * 1e6


async def _ask(store: Store, kinds: tuple[By, ...]) -> None:
    now = instant.now()
    for by in kinds:
        year = CountsQuery(program_id=PROGRAM, start=now - 365 * instant.DAY, end=now, by=by)
        assert await store.counts(year)


def _time_of(ask: Callable[[str], object]) -> float:
    began = time.perf_counter()
    ask(SQL)
    return (time.perf_counter() - began) * 1e6

"""What Prometheus reads: counters of this server's processes, gauges of the ledger.

No label holds a program or a number. With several processes the counters are kept in files of a
directory that all share (prometheus_client's multiprocess mode), so that any of them can answer
for all.
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from smsledger.intake.ingest import Report
from smsledger.ledger import instant
from smsledger.store.upkeep.gauges import Gauges

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter("smsledger_requests", "Requests answered.", ("method", "route", "status"))
LATENCY = Histogram("smsledger_request_seconds", "From request to answer.", ("route",))
INGESTED = Counter("smsledger_ingested_messages", "Messages offered, by outcome.", ("outcome",))
RECEIPTS = Counter("smsledger_receipts", "Receipts offered, by outcome.", ("outcome",))

UNROUTED_REFUSED = Counter(
    "smsledger_unrouted_refused", "Messages without a program, over the limit.", ("gateway",)
)


@cache
def requests(method: str, route: str, status: int) -> Counter:
    """The counter of such requests, looked up once: a look-up takes longer than the count."""
    return REQUESTS.labels(method, route, status)


@cache
def latency(route: str) -> Histogram:
    """The latencies of an address."""
    return LATENCY.labels(route)


def count_messages(report: Report) -> None:
    """Count the outcomes of a body of messages."""
    _count(INGESTED, report)


def count_receipts(report: Report) -> None:
    """Count the outcomes of a body of receipts; orphans are counted among the accepted too."""
    _count(RECEIPTS, report)
    RECEIPTS.labels("orphan").inc(report.orphans)


def render(gauges: Gauges, now: int, unrouted_limit: int, *, damaged: bool = False) -> bytes:
    """The text of /metrics. `damaged`: whether the ledger is known to be."""
    registry = CollectorRegistry()
    if MULTIPROCESS in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Own())
    registry.register(_Ledger(gauges, now, unrouted_limit, damaged=damaged))
    return generate_latest(registry)


def _count(counter: Counter, report: Report) -> None:
    counter.labels("accepted").inc(report.accepted)
    counter.labels("duplicate").inc(report.duplicates)
    counter.labels("rejected").inc(len(report.rejections))


class _Own(Collector):
    """The counters of a process that is alone."""

    def collect(self) -> Iterator[Any]:
        """All of them."""
        yield from REGISTRY.collect()


class _Ledger(Collector):
    """The gauges of the ledger as just read."""

    def __init__(self, gauges: Gauges, now: int, unrouted_limit: int, *, damaged: bool) -> None:
        self._damaged = damaged
        self._unrouted_limit = unrouted_limit
        self._gauges = gauges
        self._now = now

    def collect(self) -> Iterator[Any]:
        """Waiting rows, silence of gateways, MTs that nobody has heard of."""
        gauges = self._gauges
        yield _single(
            "smsledger_store_damaged", "1: the ledger is known to be damaged.", int(self._damaged)
        )
        yield _single("smsledger_unrouted", "Messages without a program.", gauges.unrouted)
        yield _single("smsledger_unrouted_limit", "How many there may be.", self._unrouted_limit)
        yield _single(
            "smsledger_orphan_receipts", "Receipts that wait for their message.", gauges.orphans
        )
        yield self._silence("smsledger_seconds_since_mo", "Since a gateway's last MO.", 1)
        yield self._silence("smsledger_seconds_since_receipt", "Since its last receipt.", 2)
        family = GaugeMetricFamily(
            "smsledger_unfinished_mt",
            "MTs without a final status, up to so many hours old.",
            labels=["hours"],
        )
        for hours, count in gauges.unfinished.items():
            family.add_metric([str(hours)], count)
        yield family
        yield _single("smsledger_database_timeline", "PostgreSQL's timeline.", gauges.timeline)

    def _silence(self, name: str, text: str, place: int) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, text, labels=["gateway"])
        for contact in self._gauges.contacts:
            gateway, last = contact[0], contact[place]
            if isinstance(last, int):
                family.add_metric([gateway], (self._now - last) / instant.SECOND)
        return family


def _single(name: str, text: str, value: int | None) -> GaugeMetricFamily:
    """Return a gauge of one value, or without a value if it is None."""
    family = GaugeMetricFamily(name, text)
    if value is not None:
        family.add_metric([], value)
    return family

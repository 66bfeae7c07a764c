"""PostgreSQL goes away and comes back, and our servers stay."""

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.cluster import Cluster
from tests.ha.conftest import Serve
from tests.ha.outages import assert_recovers, assert_refuses, begin_walk, readiness
from tests.ha.process import signal_server
from tests.ha.traffic import Traffic
from tests.ha.waiting import until
from tests.server import Server

ENDS = {
    "is stopped": lambda cluster: cluster.stop("fast"),
    "crashes": lambda cluster: cluster.stop("immediate"),
    "is killed": Cluster.kill,
}


@pytest.mark.parametrize("ends", ENDS)
def test_requests_get_503_until_a_database_that_ended_is_back(
    running_cluster: Cluster, ledger_url: str, serve: Serve, ends: str
) -> None:
    server = serve(ledger_url)
    walk = begin_walk(server)
    ENDS[ends](running_cluster)
    assert_refuses(server, walk)
    running_cluster.start()
    assert_recovers(server, walk)


def test_requests_get_503_in_time_from_a_database_that_says_nothing_more(
    running_cluster: Cluster, ledger_url: str, serve: Serve
) -> None:
    server = serve(ledger_url)
    walk = begin_walk(server)
    signal_server(running_cluster.folder, signal.SIGSTOP)
    try:
        assert_refuses(server, walk)
    finally:
        signal_server(running_cluster.folder, signal.SIGCONT)
    assert_recovers(server, walk)


@pytest.mark.parametrize("ends", ENDS)
def test_nothing_acknowledged_is_lost_and_walks_stay_exact_through_outages(
    running_cluster: Cluster,
    ledger_url: str,
    serve: Serve,
    traffic: Callable[[Sequence[Server]], Traffic],
    ends: str,
) -> None:
    servers = [serve(ledger_url), serve(ledger_url, "--workers", "2")]
    going = traffic(servers)
    for part in (0.2, 0.6):
        going.wait_until_written(part)
        ENDS[ends](running_cluster)
        going.wait_until_refused()
        running_cluster.start()
    going.check(ledger_url)


def test_a_server_that_is_up_before_its_database_gets_ready_with_it(
    running_cluster: Cluster, ledger_url: str, serve: Serve
) -> None:
    server = serve(ledger_url)
    walk = begin_walk(server)
    server.stop()
    running_cluster.stop()
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(server.start)
        until(lambda: has_answered(server))
        assert readiness(server) == 503
        running_cluster.start()
        started.result()
    assert_recovers(server, walk)


def has_answered(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/healthz").status_code == 200
    except httpx.TransportError:
        return False

"""Through pgbouncer in transaction mode, as Debian has it."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from smsledger.store import migrate
from tests.cluster import Cluster
from tests.ha.conftest import Serve
from tests.ha.ledgers import make_ledger
from tests.ha.outages import assert_recovers, assert_refuses, begin_walk
from tests.ha.pgbouncer import POOL_SIZE, Pgbouncer
from tests.ha.process import new_folder
from tests.ha.traffic import Traffic
from tests.making import PROGRAM, make_row
from tests.server import Server, smsledger


@pytest.fixture(scope="module")
def pooler(cluster: Cluster) -> Iterator[Pgbouncer]:
    """pgbouncer before the cluster."""
    with new_folder("pgbouncer") as folder:
        running = Pgbouncer(folder, cluster)
        running.start()
        yield running
        running.kill()


@pytest.fixture
def pooled_url(pooler: Pgbouncer, database: str) -> str:
    """The URL of a ledger behind the pooler, made through it."""
    return make_ledger(pooler.url(database))


def test_a_ledger_is_written_and_walked_by_many_through_few_connections(
    running_cluster: Cluster,
    database: str,
    pooled_url: str,
    serve: Serve,
    traffic: Callable[[Sequence[Server]], Traffic],
) -> None:
    servers = [serve(pooled_url), serve(pooled_url, "--workers", "2")]
    going = traffic(servers)
    going.wait_until_written(0.5)
    backends = f"FROM pg_stat_activity WHERE datname = '{database}'"
    clients = f"SELECT count(*) {backends} AND backend_type = 'client backend'"
    assert 1 <= int(running_cluster.execute(clients)) <= POOL_SIZE
    going.check(running_cluster.url(database))


def test_commands_work_through_a_pooler_beside_servers(pooled_url: str, serve: Serve) -> None:
    server = serve(pooled_url)
    walk = begin_walk(server)
    for _ in range(POOL_SIZE + 1):  # at least twice through the same connection
        migrate.upgrade(pooled_url)
    assert "schema" in smsledger("migrate", "--store", pooled_url)
    assert str(PROGRAM) in smsledger("program", "list", "--store", pooled_url)
    assert_recovers(server, walk)


def test_who_waits_for_a_change_is_told_within_a_second(pooled_url: str, serve: Serve) -> None:
    waiting, writing = serve(pooled_url), serve(pooled_url)
    url = f"{waiting.program_url}/changes"
    token = httpx.get(url, auth=waiting.auth).json()["meta"]["nextToken"]
    with ThreadPoolExecutor(1) as threads:
        asked = {"after": token, "wait": 30}
        answer = threads.submit(httpx.get, url, params=asked, auth=waiting.auth, timeout=40)
        time.sleep(1)  # it waits by then, or the change is there at once: both must do
        assert writing.post([make_row(id="awaited")]).status_code == 200
        written = time.monotonic()
        [entry] = answer.result().json()["data"]["messages"]
    assert (entry["id"], time.monotonic() - written < 1) == ("awaited", True)


@contextmanager
def without_database(cluster: Cluster, pooler: Pgbouncer) -> Iterator[None]:
    cluster.stop("immediate")
    yield
    cluster.start()


@contextmanager
def without_pooler(cluster: Cluster, pooler: Pgbouncer) -> Iterator[None]:
    pooler.kill()
    yield
    pooler.start()


@pytest.mark.parametrize("without", [without_database, without_pooler])
def test_requests_get_503_until_both_the_pooler_and_the_database_are_back(
    running_cluster: Cluster,
    pooler: Pgbouncer,
    pooled_url: str,
    serve: Serve,
    without: Callable[..., Any],
) -> None:
    server = serve(pooled_url)
    walk = begin_walk(server)
    with without(running_cluster, pooler):
        assert_refuses(server, walk)
    assert_recovers(server, walk)


@pytest.mark.parametrize("without", [without_database, without_pooler])
def test_nothing_acknowledged_is_lost_while_either_goes_and_comes(
    running_cluster: Cluster,
    database: str,
    pooler: Pgbouncer,
    pooled_url: str,
    serve: Serve,
    traffic: Callable[[Sequence[Server]], Traffic],
    without: Callable[..., Any],
) -> None:
    going = traffic([serve(pooled_url, "--workers", "2")])
    going.wait_until_written(0.3)
    with without(running_cluster, pooler):
        going.wait_until_refused()
    going.check(running_cluster.url(database))

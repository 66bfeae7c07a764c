"""PostgreSQL that comes and goes, and servers of ours that stay."""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.cluster import Cluster, new_cluster
from tests.ha.ledgers import make_ledger
from tests.ha.standby import Standby, new_standby
from tests.ha.traffic import Traffic
from tests.server import Server

Serve = Callable[..., Server]
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server, which syncs as in production."""
    with new_cluster() as running:
        yield running


@pytest.fixture
def running_cluster(cluster: Cluster) -> Cluster:
    """The same, started again where the test before left it stopped."""
    if cluster.process is None:
        cluster.start()
    return cluster


@pytest.fixture
def database(running_cluster: Cluster) -> str:
    """The name of a new database."""
    name = f"ledger_{next(_NUMBERS)}"
    running_cluster.execute(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def ledger_url(running_cluster: Cluster, database: str) -> str:
    """The URL of a ledger with one program."""
    return make_ledger(running_cluster.url(database))


@pytest.fixture
def primary() -> Iterator[Cluster]:
    """A PostgreSQL server of the test's own, which need not come back."""
    with new_cluster() as running:
        make_ledger(running.url())
        yield running


@pytest.fixture
def standby(primary: Cluster) -> Iterator[Standby]:
    """A standby that is level with the primary, and follows it asynchronously."""
    with new_standby(primary) as running:
        running.wait_until_level_with(primary)
        yield running


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers on a ledger; all are killed at the end."""
    running: list[Server] = []

    def start(url: str, *options: str, log: Path = Path(os.devnull)) -> Server:
        running.append(Server(url, *options, log=log))
        return running[-1]

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[Callable[[Sequence[Server]], Traffic]]:
    """Starts writers and walkers on servers; all are ended at the end."""
    running: list[Traffic] = []

    def start(servers: Sequence[Server]) -> Traffic:
        running.append(Traffic(servers, tmp_path))
        return running[-1]

    yield start
    for each in running:
        each.end()

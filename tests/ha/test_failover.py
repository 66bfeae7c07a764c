"""Under Patroni and etcd, with `synchronous_mode_strict`: the primary goes, another takes over."""

import itertools
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.ha.conftest import Serve
from tests.ha.ledgers import execute, make_ledger
from tests.ha.patroni import Node, PatroniCluster, new_patroni_cluster
from tests.ha.traffic import Traffic
from tests.server import Server

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def _patroni() -> Iterator[PatroniCluster]:
    with new_patroni_cluster() as cluster:
        yield cluster


@pytest.fixture
def patroni(_patroni: PatroniCluster) -> PatroniCluster:
    """Three nodes, all of them well."""
    _patroni.start_again()
    return _patroni


@pytest.fixture
def database(patroni: PatroniCluster) -> str:
    """The name of a database with a ledger of one program."""
    name = f"ledger_{next(_NUMBERS)}"
    execute(patroni.url("postgres"), f"CREATE DATABASE {name}")
    make_ledger(patroni.url(name))
    return name


@pytest.fixture
def servers(patroni: PatroniCluster, database: str, serve: Serve) -> list[Server]:
    """One server that reads from the primary, and one that reads from the standbys."""
    url = patroni.url(database)
    return [serve(url), serve(url, "--read-store", patroni.read_url(database))]


def go_on_without_the_primary(patroni: PatroniCluster, how: Callable[[Node], None]) -> None:
    old = patroni.primary
    assert old is not None
    how(old)
    patroni.wait_until_promoted(old)


@pytest.mark.parametrize("how", [Node.kill, Node.freeze])
def test_after_a_promotion_walks_go_on_and_nothing_acknowledged_is_missing(
    patroni: PatroniCluster,
    database: str,
    servers: list[Server],
    traffic: Callable[[Sequence[Server]], Traffic],
    how: Callable[[Node], None],
) -> None:
    going = traffic(servers)
    going.wait_until_written(0.3)
    going.begin_walk()
    go_on_without_the_primary(patroni, how)
    going.check(patroni.url(database))


def test_a_switchover_is_a_short_outage_and_loses_nothing(
    patroni: PatroniCluster,
    database: str,
    servers: list[Server],
    traffic: Callable[[Sequence[Server]], Traffic],
) -> None:
    going = traffic(servers)
    going.wait_until_written(0.3)
    going.begin_walk()
    patroni.switch_over()
    going.check(patroni.url(database))

"""Under Patroni and etcd, with `synchronous_mode_strict`: the primary goes, another takes over."""

import itertools

import pytest

from tests.ha.ledgers import execute, make_ledger
from tests.ha.patroni import Node, new_patroni_cluster

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def _patroni():
    with new_patroni_cluster() as cluster:
        yield cluster


@pytest.fixture
def patroni(_patroni):
    """Three nodes, all of them well."""
    _patroni.start_again()
    return _patroni


@pytest.fixture
def database(patroni):
    """The name of a database with a ledger of one program."""
    name = f"ledger_{next(_NUMBERS)}"
    execute(patroni.url("postgres"), f"CREATE DATABASE {name}")
    make_ledger(patroni.url(name))
    return name


@pytest.fixture
def servers(patroni, database, serve):
    """One server that reads from the primary, and one that reads from the standbys."""
    url = patroni.url(database)
    return [serve(url), serve(url, "--read-store", patroni.read_url(database))]


def go_on_without_the_primary(patroni, how):
    old = patroni.primary
    how(old)
    patroni.wait_until_promoted(old)


@pytest.mark.parametrize("how", [Node.kill, Node.freeze])
def test_after_a_promotion_walks_go_on_and_nothing_acknowledged_is_missing(
    patroni, database, servers, traffic, how
):
    going = traffic(servers)
    going.wait_until_written(0.3)
    going.begin_walk()
    go_on_without_the_primary(patroni, how)
    going.check(patroni.url(database))


def test_a_switchover_is_a_short_outage_and_loses_nothing(patroni, database, servers, traffic):
    going = traffic(servers)
    going.wait_until_written(0.3)
    going.begin_walk()
    patroni.switch_over()
    going.check(patroni.url(database))

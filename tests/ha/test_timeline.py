"""A promoted standby is served and told of once; a dump in another cluster is not served."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from smsledger.store import check
from smsledger.store.errors import UnconfirmedRestore
from tests.cluster import Cluster
from tests.ha.ledgers import url_of
from tests.ha.outages import REST, begin_walk, finish_walk, readiness
from tests.ha.standby import Standby
from tests.ha.waiting import until
from tests.outermost.test_restore import Follower, post
from tests.server import Server, smsledger


@pytest.fixture
def servers(primary: Cluster, standby: Standby, tmp_path: Path) -> Iterator[list[Server]]:
    """Two servers that know both databases, each with a log."""
    url = url_of(primary, standby)
    running = [Server(url, log=tmp_path / f"{name}.log") for name in ("one", "other")]
    until(lambda: primary.execute("SELECT timeline FROM ledger") == "1")
    yield running
    for server in running:
        server.kill()


def failovers(servers: list[Server]) -> list[Any]:
    """The fail-overs that all servers have logged."""
    lines = [line for server in servers for line in server.log.read_text().splitlines()]
    events = [json.loads(line) for line in lines if "failed_over" in line]
    return [(event["level"], event["before"], event["now"]) for event in events]


def promote(primary: Cluster, standby: Standby, servers: list[Server]) -> None:
    standby.wait_until_level_with(primary)
    primary.kill()
    standby.promote()
    until(lambda: all(readiness(server) == 200 for server in servers))


def timeline(server: Server) -> list[Any]:
    text = httpx.get(f"{server.url}/metrics", timeout=30).text
    return [line for line in text.splitlines() if line.startswith("smsledger_database_timeline")]


def test_a_promotion_is_logged_once_by_all_servers_and_not_again_at_a_start(
    primary: Cluster, standby: Standby, servers: list[Server]
) -> None:
    assert timeline(servers[0]) == ["smsledger_database_timeline 1.0"]
    promote(primary, standby, servers)
    until(lambda: failovers(servers) != [])
    servers[1].stop()
    servers[1].start()
    until(lambda: timeline(servers[1]) == ["smsledger_database_timeline 2.0"])
    assert failovers(servers) == [("critical", 1, 2)]


def test_after_a_promotion_that_lost_nothing_walks_and_followers_go_on(
    primary: Cluster, standby: Standby, servers: list[Server]
) -> None:
    walk = begin_walk(servers[0])
    follower = Follower(servers[0])
    promote(primary, standby, servers)
    post(servers[0], "new", 5)
    follower.follow()
    assert (len(follower.held), follower.reloads) == (15, 0)
    assert finish_walk(servers[1], walk) == REST


def test_a_dump_in_another_cluster_is_refused_though_its_oids_are_the_same(
    primary: Cluster, running_cluster: Cluster, tmp_path: Path
) -> None:
    smsledger("backup", str(tmp_path / "ledger.dump"), "--store", primary.url())
    running_cluster.restore(tmp_path / "ledger.dump", elsewhere := running_cluster.url())
    with pytest.raises(UnconfirmedRestore, match="another PostgreSQL cluster"):
        asyncio.run(check(elsewhere))


def test_commands_that_read_take_a_standby_as_the_ledger(
    primary: Cluster, standby: Standby
) -> None:
    primary.execute("UPDATE ledger SET database_oid = NULL")
    standby.wait_until_level_with(primary)
    reading = f"{standby.url()}?target_session_attrs=any"
    assert "Summer Sale" in smsledger("program", "list", "--store", reading)

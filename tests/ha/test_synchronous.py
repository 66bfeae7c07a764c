"""A standby that commits wait for: what is acknowledged is there too, whatever was tried before."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.cluster import Cluster
from tests.ha.conftest import Serve
from tests.ha.ledgers import url_of
from tests.ha.outages import readiness
from tests.ha.standby import Standby
from tests.ha.waiting import until
from tests.making import make_row
from tests.server import Server

ROW = make_row(id="waits")
_WAITING = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def synchronous(primary: Cluster, standby: Standby) -> Standby:
    """The standby, without which the primary acknowledges no commit."""
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.execute("SELECT pg_reload_conf()")
    until(lambda: primary.execute("SELECT sync_state FROM pg_stat_replication") == "sync")
    return standby


def acknowledges(server: Server, row: dict[str, Any]) -> bool:
    """Whether it does so within seconds; else it refuses, or says nothing yet."""
    try:
        answer = httpx.post(server.program_url, json=[row], auth=server.auth, timeout=2)
    except httpx.ReadTimeout:
        return False
    return answer.status_code == 200


def cancel_waits(primary: Cluster) -> None:
    """Whichever commits wait now: a purge may be the first of them, and holds up the others."""
    primary.execute(f"SELECT pg_cancel_backend(pid) {_WAITING}")


def take_over(primary: Cluster, standby: Standby, server: Server) -> list[Any]:
    """The primary ends, the standby is promoted, the server finds it; the ids it has."""
    primary.kill()
    standby.promote()
    until(lambda: readiness(server) == 200)
    return [message["id"] for message in server.walk(include="id")]


def test_nothing_is_acknowledged_before_the_standby_has_it_not_even_as_a_duplicate(
    primary: Cluster, synchronous: Standby, serve: Serve
) -> None:
    servers = [serve(url_of(primary, synchronous)) for _ in range(2)]
    synchronous.stop()
    assert not any(acknowledges(server, ROW) for server in (*servers, *servers))
    assert [server.counted() for server in servers] == [0, 0]
    synchronous.start()
    until(lambda: all(acknowledges(server, ROW) for server in servers))
    assert take_over(primary, synchronous, servers[0]) == ["waits"]


def test_a_commit_whose_wait_for_the_standby_is_cancelled_is_not_acknowledged(
    primary: Cluster, synchronous: Standby, serve: Serve
) -> None:
    server = serve(url_of(primary, synchronous))
    synchronous.stop()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.post, [ROW])
        while not answer.done():
            cancel_waits(primary)
        assert answer.result().status_code == 503
    assert not acknowledges(server, ROW)
    synchronous.start()
    until(lambda: acknowledges(server, ROW))
    assert take_over(primary, synchronous, server) == ["waits"]

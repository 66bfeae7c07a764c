"""A standby that answers pages, and one that is promoted without all that was acknowledged."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cluster import Cluster
from tests.damaging import damage
from tests.ha.conftest import Serve
from tests.ha.ledgers import url_of
from tests.ha.outages import REST, TOLD_WITHIN, begin_walk, finish_walk, readiness
from tests.ha.process import signal_server
from tests.ha.standby import Standby
from tests.ha.waiting import until
from tests.making import make_row
from tests.server import smsledger
from tests.web.test_errors import assert_envelope


@contextmanager
def locked_messages(primary: Cluster) -> Iterator[None]:
    """Whoever reads messages from the primary has to wait."""
    session = subprocess.Popen(
        [primary.program("psql"), "-X", "-q", "-At", primary.url()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert session.stdin is not None
    assert session.stdout is not None
    session.stdin.write("BEGIN; LOCK TABLE message; SELECT 'locked';\n")
    session.stdin.flush()
    assert session.stdout.readline() == "locked\n"
    try:
        yield
    finally:
        session.communicate()


def test_a_replica_answers_pages_once_it_has_reached_the_pin_and_the_primary_before(
    primary: Cluster, standby: Standby, serve: Serve
) -> None:
    server = serve(primary.url(), "--read-store", standby.url())
    standby.pause()
    walk = begin_walk(server)
    assert finish_walk(server, walk) == REST
    with locked_messages(primary), pytest.raises(httpx.ReadTimeout):
        httpx.get(walk, auth=server.auth, timeout=2)
    standby.resume()
    standby.wait_until_level_with(primary)
    standby.pause()
    with locked_messages(primary):
        assert finish_walk(server, walk) == REST
    server.post([make_row(id="later")])
    assert finish_walk(server, walk) == REST
    assert len(list(server.walk())) == 11


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_without_its_replica_a_server_reads_from_the_primary(
    primary: Cluster, standby: Standby, serve: Serve, number: signal.Signals
) -> None:
    server = serve(primary.url(), "--read-store", standby.url())
    walk = begin_walk(server)
    signal_server(standby.folder, number)
    began = time.monotonic()
    assert finish_walk(server, walk) == REST
    assert time.monotonic() - began < TOLD_WITHIN


def test_a_damaged_replica_is_logged_and_the_primary_answers(
    primary: Cluster, standby: Standby, serve: Serve, tmp_path: Path
) -> None:
    server = serve(primary.url(), "--read-store", standby.url(), log=tmp_path / "log")
    walk = begin_walk(server)
    primary.execute("CHECKPOINT")  # else the standby would write the page again at its start
    standby.wait_until_level_with(primary)
    standby.execute("CHECKPOINT")
    damage(standby.url(), "message", standby)
    assert finish_walk(server, walk) == REST
    assert "the replica: " in (tmp_path / "log").read_text()
    assert readiness(server) == 200
    assert server.post([make_row(id="later")]).json()["data"]["accepted"] == 1


def test_numbers_that_a_promoted_standby_never_had_are_409_and_all_old_ones_once_it_is_told(
    primary: Cluster, standby: Standby, serve: Serve
) -> None:
    both = url_of(primary, standby)
    server = serve(both)
    early = begin_walk(server)
    standby.wait_until_level_with(primary)
    standby.stop()
    late = begin_walk(server, "late")
    primary.kill()
    standby.start()
    standby.promote()
    until(lambda: readiness(server) == 200)
    assert_envelope(httpx.get(late, auth=server.auth), 409, "ledger_restored")
    assert finish_walk(server, early) == REST
    smsledger("restored", "--store", both)
    assert_envelope(httpx.get(early, auth=server.auth), 409, "ledger_restored")
    assert len(list(server.walk(pageSize=2))) == 10

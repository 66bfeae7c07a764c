"""Backups of a ledger in use, and what consumers meet after a restore."""

import itertools
import json
import resource
import shutil
import subprocess
import threading

import apsw
import httpx
import pytest

from tests.making import make_row
from tests.outermost.workers import until
from tests.server import COMMAND, Server, ledger_file, smsledger
from tests.web.test_errors import assert_envelope

WRITERS = 3


class Writer(threading.Thread):
    """Posts one message after the other; `acknowledged` are the ids of those that a 200 named."""

    def __init__(self, server, name):
        super().__init__()
        self.server, self.prefix = server, name
        self.acknowledged: list[str] = []
        self.ends = threading.Event()

    def run(self):
        with self.server.client() as client:
            for number in itertools.count():
                if self.ends.is_set():
                    return
                row = make_row(id=f"{self.prefix}-{number}")
                client.post(self.server.program_url, json=[row]).raise_for_status()
                self.acknowledged.append(row["id"])


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def writers(server):
    """Posting while the test runs."""
    running = [Writer(server, name) for name in "abc"[:WRITERS]]
    for each in running:
        each.start()
    until(lambda: all(len(each.acknowledged) > 20 for each in running))
    yield running
    for each in running:
        each.ends.set()
        each.join()


def walk_of(file):
    """The ids of a copy's walk, served by a server of its own."""
    server = Server(f"sqlite:///{file}")
    try:
        return [each["id"] for each in server.walk(include="id", pageSize=500)]
    finally:
        server.kill()


def back_up(ledger_url, target):
    smsledger("backup", str(target), "--store", ledger_url)
    return target


def read(file, sql):
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_a_copy_made_under_ingest_is_one_moment_of_the_ledger(
    server, ledger_url, writers, tmp_path
):
    before = [list(each.acknowledged) for each in writers]
    copy = back_up(ledger_url, tmp_path / "copy.db")
    assert all(len(each.acknowledged) > len(had) for each, had in zip(writers, before, strict=True))
    assert read(copy, "PRAGMA integrity_check") == [("ok",)]
    found = walk_of(copy)
    assert set(itertools.chain(*before)) <= set(found)
    for each in writers:
        own = [int(one.split("-")[1]) for one in found if one.startswith(each.prefix)]
        assert sorted(own) == list(range(len(own)))
    assert len(found) == len(set(found))
    assert read(copy, "SELECT last FROM program_counter") == [(len(found),)]


def restore(server, copy):
    """Stop the server, put the copy in the ledger's place."""
    assert server.stop() == 0
    file = ledger_file(server.store_url)
    for each in file.parent.glob(f"{file.name}-*"):
        each.unlink()
    shutil.copy(copy, file)


def begun_walk(server):
    server.post([make_row(id=f"begun-{number}") for number in range(4)])
    return server.get(pageSize=2).json()["meta"]["nextPageUrl"]


def test_after_a_restore_that_is_told_old_cursors_are_409(server, ledger_url, tmp_path):
    url = begun_walk(server)
    restore(server, back_up(ledger_url, tmp_path / "copy.db"))
    smsledger("restored", "--store", ledger_url)
    server.start()
    assert_envelope(httpx.get(url, auth=server.auth), 409, "ledger_restored")
    assert len(list(server.walk(pageSize=2))) == 4


def test_a_running_server_learns_of_a_new_epoch_at_once(server, ledger_url):
    url = begun_walk(server)
    smsledger("restored", "--store", ledger_url)
    assert_envelope(httpx.get(url, auth=server.auth), 409, "ledger_restored")


def test_after_a_restore_that_nobody_told_a_cursor_from_further_ahead_is_409(
    server, ledger_url, tmp_path
):
    server.post([make_row()])
    copy = back_up(ledger_url, tmp_path / "copy.db")
    url = begun_walk(server)
    restore(server, copy)
    server.start()
    assert_envelope(httpx.get(url, auth=server.auth), 409, "ledger_restored")
    assert len(list(server.walk())) == 1


def test_a_copy_that_does_not_fit_on_the_disk_is_told_and_leaves_nothing(
    server, ledger_url, tmp_path
):
    server.post([make_row(id=str(number), body="x" * 5000) for number in range(100)])
    target = tmp_path / "target" / "copy.db"
    target.parent.mkdir()
    ran = subprocess.run(
        [*COMMAND, "backup", str(target), "--store", ledger_url],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: ")
    assert list(target.parent.iterdir()) == []
    assert json.loads(smsledger("backup", str(target), "--store", ledger_url, "--json"))["bytes"]

"""Backups of a ledger in use, and what consumers meet after a restore."""

import itertools
import json
import resource
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.databases import execute
from tests.making import PROGRAM, make_row
from tests.outermost.conftest import Serve
from tests.outermost.workers import until
from tests.server import COMMAND, Server, smsledger
from tests.web.test_errors import assert_envelope

WRITERS = 3


class Writer(threading.Thread):
    """Posts one message after the other; `acknowledged` are the ids of those that a 200 named."""

    def __init__(self, server: Server, name: str) -> None:
        super().__init__()
        self.server, self.prefix = server, name
        self.acknowledged: list[str] = []
        self.ends = threading.Event()

    def run(self) -> None:
        with self.server.client() as client:
            for number in itertools.count():
                if self.ends.is_set():
                    return
                row = make_row(id=f"{self.prefix}-{number}")
                client.post(self.server.program_url, json=[row]).raise_for_status()
                self.acknowledged.append(row["id"])


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve()


@pytest.fixture
def writers(server: Server) -> Iterator[list[Writer]]:
    """Posting while the test runs."""
    running = [Writer(server, name) for name in "abc"[:WRITERS]]
    for each in running:
        each.start()
    until(lambda: all(len(each.acknowledged) > 20 for each in running))
    yield running
    for each in running:
        each.ends.set()
        each.join()


def walk_of(url: str) -> list[str]:
    """The ids of a copy's walk, served by a server of its own."""
    smsledger("restored", "--store", url)
    server = Server(url)
    try:
        return [each["id"] for each in server.walk(include="id", pageSize=500)]
    finally:
        server.kill()


def back_up(ledger_url: str, target: Path) -> Path:
    smsledger("backup", str(target), "--store", ledger_url)
    return target


def test_a_copy_made_under_ingest_is_one_moment_of_the_ledger(
    server: Server,
    ledger_url: str,
    writers: list[Writer],
    restore: Callable[[Path], str],
    tmp_path: Path,
) -> None:
    before = [list(each.acknowledged) for each in writers]
    copy = restore(back_up(ledger_url, tmp_path / "copy.db"))
    assert all(len(each.acknowledged) > len(had) for each, had in zip(writers, before, strict=True))
    found = walk_of(copy)
    assert set(itertools.chain(*before)) <= set(found)
    for each in writers:
        own = [int(one.split("-")[1]) for one in found if one.startswith(each.prefix)]
        assert sorted(own) == list(range(len(own)))
    assert len(found) == len(set(found))
    last = f"SELECT last FROM program_counter WHERE program_id = {PROGRAM}"
    assert execute(copy, last) == [(len(found),)]


@pytest.mark.engines("sqlite")
def test_a_copy_made_under_ingest_is_a_whole_file(
    ledger_url: str, writers: list[Writer], tmp_path: Path
) -> None:
    copy = back_up(ledger_url, tmp_path / "copy.db")
    assert execute(f"sqlite:///{copy}", "PRAGMA integrity_check") == [("ok",)]


def put_in_place(server: Server, url: str) -> None:
    """Stop the server and let it serve the copy from now on."""
    assert server.stop() == 0
    server.store_url = url


def begun_walk(server: Server) -> str:
    server.post([make_row(id=f"begun-{number}") for number in range(4)])
    return str(server.get(pageSize=2).json()["meta"]["nextPageUrl"])


def test_after_a_restore_that_is_told_old_cursors_are_409(
    server: Server, ledger_url: str, restore: Callable[[Path], str], tmp_path: Path
) -> None:
    url = begun_walk(server)
    put_in_place(server, restore(back_up(ledger_url, tmp_path / "copy.db")))
    smsledger("restored", "--store", server.store_url)
    server.start()
    assert_envelope(httpx.get(url, auth=server.auth), 409, "ledger_restored")
    assert len(list(server.walk(pageSize=2))) == 4


def test_a_running_server_learns_of_a_new_epoch_at_once(server: Server, ledger_url: str) -> None:
    url = begun_walk(server)
    smsledger("restored", "--store", ledger_url)
    assert_envelope(httpx.get(url, auth=server.auth), 409, "ledger_restored")


def test_after_a_restore_that_was_called_a_move_a_cursor_from_further_ahead_is_409(
    server: Server, ledger_url: str, restore: Callable[[Path], str], tmp_path: Path
) -> None:
    server.post([make_row()])
    copy = back_up(ledger_url, tmp_path / "copy.db")
    url = begun_walk(server)
    put_in_place(server, restore(copy))
    smsledger("moved", "--store", server.store_url)
    server.start()
    assert_envelope(httpx.get(url, auth=server.auth), 409, "ledger_restored")
    assert len(list(server.walk())) == 1


def test_a_copy_that_does_not_fit_on_the_disk_is_told_and_leaves_nothing(
    server: Server, ledger_url: str, tmp_path: Path
) -> None:
    server.post([make_row(id=str(number), body=secrets.token_hex(2500)) for number in range(100)])
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


@pytest.mark.engines("sqlite")
def test_a_backup_killed_at_any_line_leaves_no_unmarked_file_and_the_next_one_works(
    ledger_url: str, tmp_path: Path
) -> None:
    command = (sys.executable, "-m", "tests.outermost.dying_backup")
    target = tmp_path / "backups" / "copy.db"
    target.parent.mkdir()
    ran = subprocess.run([*command, ledger_url, target], capture_output=True, text=True, check=True)
    deaths = int(ran.stdout.splitlines()[-1])
    assert deaths > 15

"""What operators and their service managers do to a server, beyond start, stop and restore."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest

from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.wire import Wire
from tests.outermost.workers import until, workers_of
from tests.server import Server, ledger_file
from tests.web.test_errors import assert_envelope

WORKERS = {"one worker": (), "two workers": ("--workers", "2")}


def make_rows(name: str, count: int = 10, **what_matters: Any) -> list[dict[str, Any]]:
    return [make_row(id=f"{name}-{n}", **what_matters) for n in range(count)]


def begin_upload(wire: Wire, body: bytes) -> bytes:
    """Send half of a body that the application is reading; the other half."""
    wire.head("POST", f"Content-Length: {len(body)}", "Expect: 100-continue")
    assert wire.line() == b"HTTP/1.1 100 Continue\r\n"
    wire.send(body[:20])
    return body[20:]


def refuses_connections(server: Server) -> bool:
    try:
        httpx.get(f"{server.url}/healthz")
    except httpx.TransportError:
        return True
    return False


@pytest.mark.parametrize("workers", WORKERS)
def test_an_upload_that_outlasts_the_drain_is_finished_all_the_same(
    serve: Serve, connect: Callable[[Server], Wire], workers: str
) -> None:
    server = serve("--drain-seconds", "0.3", *WORKERS[workers])
    upload = connect(server)
    rest = begin_upload(upload, json.dumps(make_rows("slow")).encode())
    server.process.terminate()
    until(lambda: refuses_connections(server))
    status, _, body = upload.send(rest).answer("POST")
    assert (status, json.loads(body)["data"]["accepted"]) == (200, 10)
    assert server.process.wait(timeout=30) == 0


@pytest.mark.parametrize("workers", WORKERS)
def test_sigterm_to_every_process_as_systemd_sends_it_drains_as_one_to_the_main_process_does(
    serve: Serve, connect: Callable[[Server], Wire], workers: str
) -> None:
    server = serve("--drain-seconds", "6", *WORKERS[workers])
    upload = connect(server)
    rest = begin_upload(upload, json.dumps(make_rows("slow")).encode())
    for pid in (server.process.pid, *workers_of(server)):
        os.kill(pid, signal.SIGTERM)
    until(lambda: server.get().status_code == 503, seconds=5)
    assert upload.send(rest).answer("POST")[0] == 200
    assert server.process.wait(timeout=30) == 0


@pytest.mark.engines("sqlite")
def test_a_stopped_ledger_is_one_file(serve: Serve, ledger_url: str) -> None:
    server = serve("--workers", "2", "--drain-seconds", "0")
    server.post(make_rows("m"))
    server.get(messageType="MO")
    assert server.stop() == 0
    file = ledger_file(ledger_url)
    assert [each.name for each in file.parent.glob("ledger.db*")] == [file.name]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[], None]]:
    """A file system of its own, with a way to enlarge it."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)

    def enlarge() -> None:
        subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)

    try:
        yield enlarge
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(server: Server) -> int:
    """Post batches until one is refused; how many messages were acknowledged before."""
    for n in range(1000):
        answer = server.post(make_rows(f"a{n}", 100, body="x" * 500))
        if answer.status_code != 200:
            assert_envelope(answer, 503, "store_unavailable")
            assert int(answer.headers["retry-after"]) > 0
            return n * 100
    raise AssertionError("the disk did not get full")


@pytest.mark.engines("sqlite")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_file_system_refuses_what_is_new_and_keeps_what_it_has(
    ledger_url: str, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "4m") as enlarge:
        shutil.copy(ledger_file(ledger_url), tmp_path / "disk")
        server = Server(f"sqlite:///{tmp_path}/disk/ledger.db")
        try:
            assert server.post(make_rows("first")).status_code == 200
            walking = server.walk(pageSize=4)
            assert next(walking)
            acknowledged = 10 + fill(server)
            large = server.post(make_rows("large", 3000, body="x" * 500))
            assert_envelope(large, 503, "store_unavailable")
            assert len(list(walking)) == 9
            assert server.counted() == acknowledged
            enlarge()
            assert server.post(make_rows("b")).json()["data"]["accepted"] == 10
            assert len(list(server.walk(pageSize=500))) == acknowledged + 10
        finally:
            server.kill()


@contextmanager
def held(ledger_url: str) -> Iterator[None]:
    """Another process writes the ledger, and does not come to an end."""
    with closing(apsw.Connection(str(ledger_file(ledger_url)))) as ledger:
        ledger.execute("BEGIN IMMEDIATE")
        yield
        ledger.execute("ROLLBACK")


@pytest.mark.engines("sqlite")
def test_a_ledger_that_another_process_holds_takes_no_messages_and_begins_no_walk(
    serve: Serve, ledger_url: str
) -> None:
    server = serve()
    with held(ledger_url):
        for answer in (server.post(make_rows("m")), server.get()):
            assert_envelope(answer, 503, "store_unavailable")
            assert int(answer.headers["retry-after"]) > 0
    assert server.post(make_rows("m")).json()["data"]["accepted"] == 10
    assert len(list(server.walk())) == 10


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("workers", WORKERS)
def test_a_ledger_that_another_process_holds_is_read_all_the_same(
    serve: Serve, ledger_url: str, workers: str
) -> None:
    server = serve(*WORKERS[workers])
    server.post(make_rows("m"))
    walking = server.walk(pageSize=3)
    assert next(walking)
    with held(ledger_url):
        assert len(list(walking)) == 9
        assert server.counted() == 10
        for to in ("", "/export", "/changes"):
            assert httpx.head(server.program_url + to, auth=server.auth).status_code == 200
        assert httpx.get(f"{server.url}/readyz").status_code == 200

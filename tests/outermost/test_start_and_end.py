"""From start to end: what `smsledger serve` refuses, how it ends, what a crash leaves."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.databases import execute
from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.wire import Wire
from tests.outermost.workers import end, has_ended, until, workers_of
from tests.server import COMMAND, Server, free_port
from tests.web.test_errors import assert_envelope

BODY = json.dumps([make_row()]).encode()


@pytest.fixture(params=["1", "2"], ids=["one-worker", "two-workers"])
def draining_server(request: pytest.FixtureRequest, serve: Serve) -> Server:
    """A server that will drain for two seconds."""
    return serve("--workers", request.param, "--drain-seconds", "2")


def begin_to_drain(server: Server) -> None:
    server.process.terminate()
    until(lambda: httpx.get(f"{server.url}/readyz").status_code == 503)


Refused = Callable[[str, int], str]


@pytest.fixture
def refused(run: Callable[..., subprocess.Popen[str]]) -> Refused:
    """The last line that `serve` says when it does not start; its status is 1."""

    def last_line(store_url: str, port: int) -> str:
        command = [*COMMAND, "serve", "--store", store_url, "--port", str(port)]
        process = run(*command, stderr=subprocess.PIPE, start_new_session=True)
        try:
            said = _until_started(process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        assert "server_started" not in said[-1]
        assert process.wait() == 1
        assert "Traceback" not in "".join(said)
        return said[-1]

    return last_line


def _until_started(process: subprocess.Popen[str]) -> list[str]:
    said = []
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if "server_started" in line:
            break
    else:
        process.wait()
    return said


class Starting(Server):
    """A server whose workers exist, and have hardly begun."""

    def wait_until_ready(self) -> None:
        until(lambda: len(workers_of(self)) == 2)


def assert_workers_end_with(server: Server) -> None:
    pids = workers_of(server)
    assert len(pids) == 2
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    try:
        until(lambda: all(has_ended(pid) for pid in pids))
    finally:
        for pid in pids:
            end(pid)


def test_an_upload_under_way_at_sigterm_is_finished(draining_server: Server) -> None:
    with Wire(draining_server) as upload:
        upload.head("POST", f"Content-Length: {len(BODY)}", "Expect: 100-continue")
        assert upload.line() == b"HTTP/1.1 100 Continue\r\n"  # so its body is being read
        upload.send(BODY[:20])
        begin_to_drain(draining_server)
        status, _, answer = upload.send(BODY[20:]).answer()
    assert (status, json.loads(answer)["data"]["accepted"]) == (200, 1)
    assert draining_server.process.wait(timeout=30) == 0


def test_new_requests_are_told_to_come_again_while_it_drains(draining_server: Server) -> None:
    with draining_server.client() as kept:
        assert kept.get("/healthz").status_code == 200
        begin_to_drain(draining_server)
        for answer in (kept.get(draining_server.program_url), draining_server.get()):
            assert_envelope(answer, 503, "draining")
            assert int(answer.headers["retry-after"]) > 0
        assert kept.get("/healthz").status_code == 200
    assert draining_server.process.wait(timeout=30) == 0


def test_idle_connections_do_not_hold_up_the_end(draining_server: Server) -> None:
    clients = [draining_server.client() for _ in range(20)]
    assert {each.get("/healthz").status_code for each in clients} == {200}
    draining_server.process.terminate()
    assert draining_server.process.wait(timeout=15) == 0
    for each in clients:
        each.close()


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])
def test_an_interrupt_and_a_second_sigterm_end_it_in_order_too(
    serve: Serve, signals: list[signal.Signals]
) -> None:
    server = serve()
    for each in signals:
        server.process.send_signal(each)
    assert server.process.wait(timeout=15) == 0


def test_a_host_may_be_a_name(serve: Serve) -> None:
    assert serve("--host", "localhost").post([make_row()]).status_code == 200


def test_after_an_orderly_end_it_starts_on_the_same_port_at_once(serve: Serve) -> None:
    server = serve()
    assert server.post([make_row()]).status_code == 200
    assert server.stop() == 0
    server.start()
    assert len(list(server.walk())) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_worker_is_replaced(serve: Serve, workers: str) -> None:
    server = serve("--workers", workers)
    killed = workers_of(server)[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: has_ended(killed) and len(workers_of(server)) == int(workers))
    server.wait_until_ready()
    assert server.post([make_row()]).status_code == 200
    assert server.stop() == 0


def test_workers_do_not_outlive_their_main_process(serve: Serve) -> None:
    server = serve("--workers", "2")
    assert_workers_end_with(server)


def test_workers_that_still_start_do_not_outlive_it_either(serve: Serve) -> None:
    server = serve("--workers", "2", kind=Starting)
    assert_workers_end_with(server)


def test_a_store_that_is_missing_is_refused_with_the_command_that_makes_it(
    refused: Refused, tmp_path: Path
) -> None:
    said = refused(f"sqlite:///{tmp_path}/none.db", free_port())
    assert said.startswith("Error: ")
    assert "smsledger migrate" in said
    assert not (tmp_path / "none.db").exists()


def test_a_store_that_is_behind_is_refused_with_the_command_that_mends_it(
    refused: Refused, ledger_url: str
) -> None:
    execute(ledger_url, "UPDATE alembic_version SET version_num = '0000'")
    assert "smsledger migrate" in refused(ledger_url, free_port())


def test_a_port_in_use_is_told_in_one_line(refused: Refused, ledger_url: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = refused(ledger_url, other.getsockname()[1])
    assert said.startswith("Error: ")
    assert "in use" in said


def test_a_port_on_which_another_ledger_is_served_is_in_use(
    refused: Refused, serve: Serve, ledger_url: str
) -> None:
    said = refused(ledger_url, serve().port)
    assert said.startswith("Error: ")
    assert "in use" in said


def test_two_servers_on_one_file_both_ingest_and_serve(serve: Serve) -> None:
    one, other = serve(), serve()
    for number, each in enumerate([one, other] * 5):
        assert each.post([make_row(id=f"m-{number}")]).json()["data"]["accepted"] == 1
        assert len(each.get().json()["data"]["messages"]) == number + 1
    url = one.get(pageSize=6).json()["meta"]["nextPageUrl"]
    rest = httpx.get(url.replace(one.url, other.url), auth=one.auth).json()
    assert len(rest["data"]["messages"]) == 4

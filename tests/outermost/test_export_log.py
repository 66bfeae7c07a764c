"""The log of exports of a real server: what is in it when the server is killed, or cannot write."""

import httpx
import pytest

from smsledger.cli.common import with_store
from smsledger.ledger.export_log import ExportEntry, LogQuery
from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.workers import full_disk
from tests.server import Server
from tests.web.test_errors import assert_envelope

LONG = [make_row(id=f"m-{number}", body="x" * 5000) for number in range(1500)]


def entries(server: Server) -> list[ExportEntry]:
    return with_store(server.store_url, lambda store: store.exports(LogQuery(limit=100)))


def fill(server: Server) -> None:
    for first in range(0, len(LONG), 500):
        assert server.post(LONG[first : first + 500]).status_code == 200


def test_an_entry_is_there_when_the_server_is_killed_after_the_first_byte(serve: Serve) -> None:
    server = serve()
    fill(server)
    url = f"{server.program_url}/export"
    headers = {"accept-encoding": "identity"}  # these texts would fit into any buffer
    with httpx.stream("GET", url, auth=server.auth, headers=headers) as answer:
        assert next(answer.iter_raw(1))
        server.kill()
    [entry] = entries(server)
    assert (entry.username, entry.kind) == (server.auth[0], "export ndjson")
    assert not entry.complete


def test_a_first_page_is_in_the_log_with_its_messages_when_the_server_is_killed(
    serve: Serve,
) -> None:
    server = serve()
    assert server.post(LONG[:20]).status_code == 200
    assert server.get(pageSize=7).status_code == 200
    server.kill()
    [entry] = entries(server)
    assert (entry.messages, entry.complete) == (7, False)


def test_what_a_killed_server_had_not_written_down_the_next_page_brings(serve: Serve) -> None:
    server = serve()
    assert server.post(LONG[:20]).status_code == 200
    walking = server.walk(pageSize=5)
    for _ in range(12):
        next(walking)
    server.kill()
    server.start()
    assert len(list(walking)) == 8
    server.stop()
    [entry] = entries(server)
    assert (entry.messages, entry.complete) == (20, True)


def test_the_end_of_a_server_loses_nothing_of_the_log(serve: Serve) -> None:
    server = serve("--workers", "2")
    assert server.post(LONG[:20]).status_code == 200
    for _ in range(3):
        assert len(list(server.walk(pageSize=3))) == 20
    server.stop()
    assert [(entry.messages, entry.complete) for entry in entries(server)] == [(20, True)] * 3


@pytest.mark.engines("sqlite")
def test_on_a_full_disk_an_export_that_cannot_be_entered_is_refused(serve: Serve) -> None:
    server = serve()
    assert server.post(LONG[:20]).status_code == 200
    with full_disk(server):
        for to in ("", "/export", "/changes"):
            answer = httpx.get(server.program_url + to, auth=server.auth)
            assert_envelope(answer, 503, "store_unavailable")
    assert server.get().status_code == 200
    assert len(entries(server)) == 1

"""A disk without room: ingest waits, walks go on, and nothing acknowledged is lost."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.workers import full_disk
from tests.web.test_errors import assert_envelope

pytestmark = pytest.mark.engines("sqlite")  # it is about the file


def rows(name: int | str) -> list[dict[str, Any]]:
    return [make_row(id=f"{name}-{number}", body="x" * 5000) for number in range(20)]


def test_on_a_full_disk_ingest_is_503_and_walks_go_on(serve: Serve) -> None:
    server = serve()
    assert server.post(rows("before")).status_code == 200
    walking = server.walk(pageSize=7)
    assert next(walking)
    with full_disk(server):
        for number in range(5):
            answer = server.post(rows(f"during-{number}"))
            assert_envelope(answer, 503, "store_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert len(list(walking)) == 19
        assert httpx.get(f"{server.url}/readyz").status_code == 200
        assert 'status="500"' not in httpx.get(f"{server.url}/metrics").text


def test_when_there_is_room_again_ingest_works_without_a_restart(serve: Serve) -> None:
    server = serve()
    with full_disk(server, room=300_000):
        answers = {number: server.post(rows(number)).status_code for number in range(8)}
    assert set(answers.values()) == {200, 503}
    assert server.post(rows("after")).json()["data"]["accepted"] == 20
    taken = [number for number, status in answers.items() if status == 200]
    held = {each["id"] for each in server.walk(include="id", pageSize=500)}
    names: list[int | str] = [*taken, "after"]
    assert held == {row["id"] for name in names for row in rows(name)}


def test_a_body_that_a_full_disk_refused_is_taken_whole_when_it_is_sent_again(serve: Serve) -> None:
    server = serve()
    with full_disk(server):
        assert server.post(rows("a")).status_code == 503
    assert server.post(rows("a")).json()["data"]["accepted"] == 20
    assert server.post(rows("a")).json()["data"]["duplicates"] == 20


def test_the_counters_files_have_their_room_before_the_disk_is_full(
    serve: Serve, tmp_path: Path
) -> None:
    """A write to mapped memory that has no room on the disk ends the process with SIGBUS."""
    serve()
    files = list((tmp_path / "tmp").glob("smsledger-*/*.db"))
    sparse = [each.name for each in files if each.stat().st_blocks * 512 < each.stat().st_size]
    assert sparse == []

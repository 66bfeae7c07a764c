"""A damaged page under real servers: they all stop acknowledging, also after a restart."""

import asyncio
import os
from pathlib import Path

import httpx
import pytest

from smsledger.store import open_store
from tests.damaging import damage
from tests.making import PROGRAM, make_message, make_row
from tests.outermost.conftest import Serve
from tests.outermost.workers import until
from tests.server import Server, ledger_file, smsledger
from tests.web.test_errors import assert_envelope

pytestmark = pytest.mark.engines("sqlite")  # it is about the file


@pytest.fixture
def filled_url(ledger_url: str) -> str:
    """A ledger with some hundred pages of messages."""

    async def fill() -> None:
        store = await open_store(ledger_url)
        batch = [make_message(id=f"m-{n}", body="x" * 500) for n in range(600)]
        await store.record_messages(PROGRAM, batch)
        await store.close()

    asyncio.run(fill())
    return ledger_url


class Unready(Server):
    """Start a server that answers requests but reports that it is not ready."""

    def wait_until_ready(self) -> None:
        until(self.answers)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False


def meet(server: Server) -> httpx.Response:
    """Read until the damage is met; the answer that says so."""
    answer = server.get(pageSize=100)
    while answer.status_code == 200:
        answer = httpx.get(answer.json()["meta"]["nextPageUrl"], auth=server.auth)
    return answer


def test_a_page_zeroed_under_a_server_ends_all_acknowledgement(
    filled_url: str, serve: Serve
) -> None:
    server = serve("--workers", "2")
    assert server.post([make_row(id="before")]).status_code == 200
    damage(filled_url)
    assert_envelope(meet(server), 500, "store_damaged")
    for number in range(20):  # the kernel deals them out to both workers
        answer = server.post([make_row(id=f"after-{number}")])
        assert_envelope(answer, 500, "store_damaged")
        assert_envelope(httpx.get(f"{server.url}/readyz"), 503, "store_damaged")
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_a_restart_does_not_forget_damage(filled_url: str, serve: Serve) -> None:
    server = serve(kind=Unready)
    damage(filled_url)
    meet(server)
    assert server.stop() == 0
    server.start()
    assert_envelope(httpx.get(f"{server.url}/readyz"), 503, "store_damaged")
    assert_envelope(server.post([make_row()]), 500, "store_damaged")


def test_a_page_zeroed_before_the_start_is_met_by_a_post(filled_url: str, serve: Serve) -> None:
    damage(filled_url, "message_id")
    server = serve()
    answers = [server.post([make_row(id=f"new-{n}") for n in range(50)]) for _ in range(2)]
    assert_envelope(answers[1], 500, "store_damaged")
    assert_envelope(httpx.get(f"{server.url}/readyz"), 503, "store_damaged")


def test_a_whole_export_that_meets_damage_is_broken_off(filled_url: str, serve: Serve) -> None:
    server = serve()
    damage(filled_url, at=0.95)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(
            f"{server.program_url}/export",
            auth=server.auth,
            headers={"accept-encoding": "identity"},  # else all that was sent is in the compressor
        )
    assert_envelope(httpx.get(f"{server.url}/readyz"), 503, "store_damaged")


def test_a_ledger_that_is_verified_as_sound_is_written_again_without_a_restart(
    filled_url: str, serve: Serve
) -> None:
    server = serve()
    marker = Path(f"{filled_url.removeprefix('sqlite:///')}-damaged")
    marker.write_text("a bit that was wrong in memory only\n")
    assert_envelope(server.post([make_row()]), 500, "store_damaged")
    smsledger("verify", "--store", filled_url)
    assert not marker.exists()
    assert server.post([make_row()]).status_code == 200
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_a_file_cut_short_ends_a_worker_at_most_and_the_next_one_reports_damage(
    filled_url: str, serve: Serve
) -> None:
    server = serve()
    list(server.walk(pageSize=100))  # so that all of the file is mapped
    file = ledger_file(filled_url)
    os.truncate(file, file.stat().st_size // 2)
    until(lambda: is_refused(server))
    assert server.process.poll() is None
    assert_envelope(httpx.get(f"{server.url}/readyz"), 503, "store_damaged")
    assert_envelope(server.post([make_row(id="new")]), 500, "store_damaged")


def is_refused(server: Server) -> bool:
    """Whether a walk meets damage; a worker that reads mapped memory that is gone just ends."""
    try:
        return bool(meet(server).json()["meta"]["generalErrors"][0]["code"] == "store_damaged")
    except httpx.TransportError:
        return False

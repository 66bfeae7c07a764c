"""Whole exports of a real server: slow callers, callers who leave, walks that break off."""

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing

import apsw
import httpx
import pytest

from smsledger.ledger import instant
from tests.databases import execute
from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.ledgers import serials_of
from tests.outermost.workers import MIB, own_memory_of, until, workers_of
from tests.server import Server, ledger_file

MESSAGES = 40_000
OLDEST_SNAPSHOT = """
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def full(serve: Serve) -> Server:
    """A server of a program whose export is larger than what any socket buffers."""
    server = serve()
    begin = instant.now() - instant.DAY
    for first in range(0, MESSAGES, 5000):
        rows = [
            make_row(
                id=f"m-{n}",
                type="MT",
                body="x" * 400,
                date=instant.render_micros(begin + n * instant.SECOND),
            )
            for n in range(first, first + 5000)
        ]
        assert server.post(rows).json()["data"]["accepted"] == len(rows)
    return server


def exporting(server: Server, **parameters: str) -> AbstractContextManager[httpx.Response]:
    """An export, uncompressed: these messages would fit into any buffer."""
    url, plain = f"{server.program_url}/export", {"accept-encoding": "identity"}
    return httpx.stream("GET", url, params=parameters, headers=plain, auth=server.auth, timeout=30)


def read_until_it_breaks(pieces: Iterator[bytes]) -> bytes:
    """What comes before the connection breaks, which it must."""
    received: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        received.extend(pieces)
    return b"".join(received)


def ingest(server: Server, batches: Iterable[int]) -> None:
    """Post receipts for all that is there, five hundred a batch."""
    for number in batches:
        first = number * 500 % MESSAGES
        rows = [
            {"id": f"m-{n}", "deliveryStatus": "Delivered", "text": f"{number}"}
            for n in range(first, first + 500)
        ]
        assert server.post(rows, to="/receipts").json()["data"]["accepted"] == len(rows)


def test_an_export_has_every_message_once(full: Server, ledger_url: str) -> None:
    with exporting(full, include="id", manifest="true") as answer:
        *messages, last = answer.iter_lines()
    assert [json.loads(line)["id"] for line in messages] == list(serials_of(ledger_url))
    told = json.loads(last)["meta"]
    assert (
        told["sha256"] == hashlib.sha256("".join(f"{m}\n" for m in messages).encode()).hexdigest()
    )
    assert (told["messages"], told["complete"]) == (MESSAGES, True)


def test_for_a_slow_caller_the_server_buffers_nothing(full: Server) -> None:
    [worker] = workers_of(full)
    with exporting(full) as warm:
        warm.read()
    before = own_memory_of(worker)
    with exporting(full, manifest="true") as answer:
        pieces = answer.iter_raw(65536)
        first = next(pieces)
        ingest(full, range(10))
        assert own_memory_of(worker) - before < 64 * MIB
        rest = b"".join(pieces)
    assert json.loads((first + rest).splitlines()[-1])["meta"]["complete"]


@pytest.mark.engines("sqlite")
def test_for_a_slow_caller_the_log_of_the_file_does_not_grow(full: Server, ledger_url: str) -> None:
    log = ledger_file(ledger_url).with_name("ledger.db-wal")
    with exporting(full) as answer:
        pieces = answer.iter_raw(65536)
        next(pieces)
        ingest(full, range(20))
        beside_an_export = log.stat().st_size
    with closing(apsw.Connection(str(ledger_file(ledger_url)))) as reader:
        reader.execute("BEGIN; SELECT count(*) FROM program").fetchall()
        ingest(full, range(20, 40))
        beside_a_transaction = log.stat().st_size
    assert beside_an_export * 2 < beside_a_transaction


@pytest.mark.engines("postgres")
def test_for_a_slow_caller_no_snapshot_of_the_database_is_held(
    full: Server, ledger_url: str
) -> None:
    ages = []
    with exporting(full) as answer:
        pieces = answer.iter_raw(65536)
        for number in range(15):
            next(pieces)
            ingest(full, [number])
            ages += [age for (age,) in execute(ledger_url, OLDEST_SNAPSHOT)]
    assert max(ages) < 1
    assert len(ages) == 15


def test_an_export_that_cannot_go_on_breaks_off_and_never_ends(
    full: Server, ledger_url: str
) -> None:
    with exporting(full, manifest="true") as answer:
        pieces = answer.iter_raw(65536)
        next(pieces)
        execute(ledger_url, "UPDATE ledger SET epoch = 'another'")
        received = read_until_it_breaks(pieces)
    assert b"complete" not in received
    assert b"generalErrors" not in received


def test_whoever_is_revoked_gets_no_further(full: Server, ledger_url: str) -> None:
    with exporting(full) as answer:
        pieces = answer.iter_raw(65536)
        next(pieces)
        execute(ledger_url, "DELETE FROM credential_secret")
        execute(ledger_url, "UPDATE ledger SET reference_version = reference_version + 1")
        read_until_it_breaks(pieces)


def finished(server: Server) -> float:
    """How many exports the server has done with."""
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    counts = [line for line in lines if line.startswith("smsledger_requests_total")]
    return sum(float(line.rpartition(" ")[2]) for line in counts if "/export" in line)


def test_a_caller_who_leaves_is_not_read_for_any_further(full: Server) -> None:
    with exporting(full) as answer:
        pieces = answer.iter_raw(65536)  # kept: whoever lets go of it has left
        next(pieces)
        time.sleep(0.5)
        assert finished(full) == 0
    until(lambda: finished(full) == 1)


def test_a_broken_export_goes_on_on_another_server_where_its_last_checkpoint_was(
    full: Server, serve: Serve
) -> None:
    messages, resume = [], ""
    with exporting(full, include="id", checkpoints="true") as answer:
        for line in answer.iter_lines():
            read = json.loads(line)
            if "meta" in read:
                resume, had = read["meta"]["resume"], read["meta"]["messages"]
                break
            messages.append(read)
    full.kill()
    other = serve()
    other.auth = full.auth
    assert had == len(messages) <= 10_000
    with exporting(other, include="id", resume=resume, manifest="true") as answer:
        *rest, last = map(json.loads, answer.iter_lines())
    assert last["meta"]["messages"] == len(rest) == MESSAGES - had
    assert [each["id"] for each in messages + rest] == [f"m-{n}" for n in range(MESSAGES)]


def test_many_exports_at_once_leave_room_for_pages(full: Server) -> None:
    done = []

    def export() -> None:
        with exporting(full) as answer:
            done.append(sum(map(len, answer.iter_raw())))

    threads = [threading.Thread(target=export) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert full.get(pageSize=50).status_code == 200
    assert len(set(done)) == 1
    assert len(done) == 6


def test_whoever_waits_for_changes_is_let_go_when_the_server_stops(serve: Serve) -> None:
    server = serve("--drain-seconds", "1")
    token = httpx.get(f"{server.program_url}/changes", auth=server.auth).json()["meta"]["nextToken"]
    answers = []

    def wait() -> None:
        asked = {"after": token, "wait": 50}
        url = f"{server.program_url}/changes"
        answers.append(httpx.get(url, params=asked, auth=server.auth, timeout=60))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert server.stop() == 0
    waiting.join()
    assert time.monotonic() - began < 10
    assert answers[0].json()["data"]["messages"] == []

"""Acknowledged means durable: shown by the order of writes, syncs and answers, and by torn logs."""

import shutil
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.traces import (
    Event,
    TracedServer,
    is_answer,
    is_log,
    is_sync,
    is_write,
    needs_strace,
)
from tests.server import ledger_file

pytestmark = pytest.mark.engines("sqlite")  # it is about the file

BATCHES = 8
WAITING = 32


def make_batch(name: str, count: int = 20) -> list[dict[str, str]]:
    return [make_row(id=f"{name}-{n}", body=f"body of {name}-{n} 👋") for n in range(count)]


def post_all_at_once(server: TracedServer, ids: list[str]) -> list[int]:
    """Post messages in a request each, all of which wait for a lock that we hold meanwhile."""
    ledger = apsw.Connection(str(ledger_file(server.store_url)))
    with closing(ledger), server.client() as client:
        ledger.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(len(ids)) as pool:
            answers = [pool.submit(server.post, [make_row(id=each)]) for each in ids]
            wait_until_received(server, ids)
            client.get("/healthz").raise_for_status()
            ledger.execute("COMMIT")
    return [answer.result().status_code for answer in answers]


def wait_until_received(server: TracedServer, ids: list[str]) -> None:
    wanted = [f'\\"id\\":\\"{each}\\"' for each in ids]
    pause = threading.Event()
    for _ in range(300):
        trace = server.trace.read_text(errors="replace")
        if all(each in trace for each in wanted):
            return
        pause.wait(0.05)
    raise AssertionError("the requests did not arrive")


def was_on_the_disk(written: Event, answer: Event, syncs: list[Event]) -> bool:
    """Whether a sync of the log began after the write and was over before the answer."""
    return any(written.ended < sync.began and sync.ended < answer.began for sync in syncs)


@needs_strace
def test_each_acknowledgement_comes_after_a_sync_of_the_log_that_follows_its_writes(
    serve: Serve,
) -> None:
    server = serve(kind=TracedServer)
    assert isinstance(server, TracedServer)
    for n in range(BATCHES):
        assert server.post(make_batch(f"b{n}")).json()["data"]["accepted"] == 20
    events = server.events()
    syncs = list(filter(is_sync, events))
    answers = [event for event in events if is_answer(event)][-BATCHES:]
    for n, answer in enumerate(answers):
        mine = [event for event in events if is_write(event) and f"body of b{n}-" in event.text]
        assert mine
        last = [event for event in events if is_write(event) and event.ended < answer.began][-1]
        assert was_on_the_disk(last, answer, syncs)
        assert mine[0].ended <= last.ended


@needs_strace
def test_messages_that_wait_together_share_a_sync_and_none_is_acknowledged_before_it(
    serve: Serve,
) -> None:
    server = serve(kind=TracedServer)
    assert isinstance(server, TracedServer)
    server.post(make_batch("first"))
    ids = [f"together-{n:02d}-" for n in range(WAITING)]
    before = len(list(filter(is_sync, server.events())))
    assert post_all_at_once(server, ids) == [200] * WAITING
    events = server.events()
    syncs = list(filter(is_sync, events))
    assert len(syncs) - before <= WAITING // 8
    for each in ids:
        written, answer = the_way_of(each, events)
        assert was_on_the_disk(written, answer, syncs)


def the_way_of(message_id: str, events: list[Event]) -> tuple[Event, Event]:
    """The first write of a message into the log, and the answer to its request."""
    concerned = [event for event in events if message_id in event.text]
    request = next(event for event in concerned if not is_log(event))
    written = next(event for event in concerned if is_write(event))
    answers = (e for e in events if is_answer(e) and e.target == request.target)
    return written, next(each for each in answers if each.began > request.ended)


@pytest.fixture
def copied(serve: Serve, ledger_url: str, tmp_path: Path) -> tuple[Path, int]:
    """A ledger and its log, copied while a server has them; where the log's last batch begins."""
    server, file, copy = serve(), ledger_file(ledger_url), tmp_path / "copy.db"
    for n in range(BATCHES):
        server.post(make_batch(f"b{n}"))
    begins = log_of(file).stat().st_size
    server.post(make_batch("last"))
    for source, target in ((file, copy), (log_of(file), log_of(copy))):
        shutil.copy(source, target)
    return copy, begins


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def batches_in(file: Path, log: bytes) -> Counter[str]:
    """How many messages of each batch a ledger holds when it is opened with this log."""
    log_of(file).write_bytes(log)
    file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
    with closing(apsw.Connection(str(file))) as ledger:
        assert ledger.pragma("integrity_check") == "ok"
        assert (
            ledger.execute(
                "SELECT last - (SELECT max(serial) FROM message) FROM program_counter"
                " WHERE program_id != 0"
            ).get
            == 0
        )
        return Counter(name.split("-")[0] for (name,) in ledger.execute("SELECT id FROM message"))


def test_a_torn_end_of_the_log_costs_the_batch_that_was_not_acknowledged_and_no_other(
    copied: tuple[Path, int], tmp_path: Path
) -> None:
    file, begins = copied
    whole = log_of(file).read_bytes()
    acknowledged = dict.fromkeys((f"b{n}" for n in range(BATCHES)), 20)
    ends = [begins, begins + 1, begins + 24, (begins + len(whole)) // 2, len(whole) - 1]
    torn = [whole[:end] for end in ends]
    spoilt = whole[:-9] + b"\0" + whole[-8:]
    for n, log in enumerate([*torn, spoilt, spoilt + whole[-5000:], whole]):
        found = batches_in(Path(shutil.copy(file, tmp_path / f"torn-{n}.db")), log)
        assert found == (acknowledged if log != whole else acknowledged | {"last": 20})

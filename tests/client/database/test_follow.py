"""A follower: which pages it writes, which token it keeps, and from which one it goes on."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from smsledger.client.database import follow
from smsledger.client.database.follow import Follow
from smsledger.client.database.graceful_stop import GracefulStop
from smsledger.client.database.targets import target_of
from smsledger.client.database.targets.table import Table
from smsledger.client.http.changes import ChangeRequest
from smsledger.client.http.wire import Wire
from tests.making import PROGRAM

REQUEST = ChangeRequest(base="http://ledger.test", program_id=PROGRAM)
MESSAGE = {"type": "MO", "deliveryStatus": "Received", "number": "15556667777", "body": "JOIN"}


class Feed(Wire):
    """The wire to a server whose answers have the tokens t-1, t-2, … and the ids that are due."""

    def __init__(self) -> None:
        self.answers = 0
        self.after: list[str | None] = []  # of each request; None on the first

    def read(self, url: str, read: Callable[[bytes], Any], wait: float = 0) -> Any:  # noqa: ARG002 (nobody waits here)
        self.after.append(parse_qs(urlsplit(url).query).get("after", [None])[0])
        return read(self.answer())

    def answer(self, *ids: str, more: bool = False) -> bytes:
        self.answers += 1
        date = {"date": "2014-12-05T10:00:00", "network": None}
        messages = [{"id": known, "change": 1, **MESSAGE, **date} for known in ids]
        url = "http://ledger.test/next" if more else None
        meta: dict[str, Any] = {
            "nextToken": f"t-{self.answers}",
            "nextPageUrl": url,
            "generalErrors": [],
        }
        return json.dumps({"data": {"messages": messages}, "meta": meta}).encode()


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = target_of(f"duckdb:///{tmp_path / 'target.duckdb'}", "messages", PROGRAM)
    with closing(made):
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock of followers, in seconds since the machine was started: a minute ago."""
    clock = SimpleNamespace(now=60.0)
    monkeypatch.setattr(follow, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def feed() -> Feed:
    return Feed()


def token(table: Table) -> str | None:
    table.open()
    state = table.state()
    return None if state is None else state.token


def run(table: Table, feed: Feed) -> int:
    """One run of the command, until caught up; how many changes it wrote."""
    table.open()
    following = Follow(REQUEST, feed, table, stop=GracefulStop())
    following.run(table.state(), follow=False)
    return following.changes


@pytest.mark.usefixtures("clock")
def test_a_run_with_nothing_new_writes_no_row_and_keeps_a_fresh_token(
    table: Table, feed: Feed
) -> None:
    assert [run(table, feed) for _ in range(3)] == [0, 0, 0]
    assert feed.after == [None, "t-1", "t-2"]
    assert token(table) == "t-3"


def test_while_nothing_happens_a_fresh_token_is_written_once_an_hour(
    table: Table, feed: Feed, clock: SimpleNamespace
) -> None:
    following, kept = Follow(REQUEST, feed, table, stop=GracefulStop()), []
    for clock.now in (60.0, 61.0, 3660.0, 3661.0, 7261.0, 7262.0):
        following._step(0)
        kept.append(token(table))
    assert kept == ["t-1", "t-1", "t-1", "t-4", "t-4", "t-6"]
    assert feed.after == [None, "t-1", "t-1", "t-1", "t-4", "t-4"]


def test_an_empty_page_before_the_last_one_is_not_asked_for_again(
    table: Table, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(table, feed)
    answers = iter([feed.answer(more=True), feed.answer(more=True), feed.answer("m-1")])
    monkeypatch.setattr(feed, "answer", lambda: next(answers))
    assert run(table, feed) == 1
    assert feed.after == [None, "t-1", "t-2", "t-3"]
    assert token(table) == "t-4"

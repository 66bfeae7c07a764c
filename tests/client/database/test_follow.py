"""A follower: which pages it writes, which token it keeps, and from which one it goes on."""

import json
from contextlib import closing
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from smsledger.client.database import follow
from smsledger.client.database.follow import Follow
from smsledger.client.database.graceful_stop import GracefulStop
from smsledger.client.database.targets import target_of
from smsledger.client.http.changes import ChangeRequest
from tests.making import PROGRAM

REQUEST = ChangeRequest(base="http://ledger.test", program_id=PROGRAM)
MESSAGE = {"type": "MO", "deliveryStatus": "Received", "number": "15556667777", "body": "JOIN"}


class Feed:
    """The wire to a server whose answers have the tokens t-1, t-2, … and the ids that are due."""

    def __init__(self):
        self.answers = 0
        self.after = []  # of each request; None on the first

    def read(self, url, read, wait=0):  # noqa: ARG002 (nobody waits here)
        self.after.append(parse_qs(urlsplit(url).query).get("after", [None])[0])
        return read(self.answer())

    def answer(self, *ids, more=False):
        self.answers += 1
        date = {"date": "2014-12-05T10:00:00", "network": None}
        messages = [{"id": known, "change": 1, **MESSAGE, **date} for known in ids]
        url = "http://ledger.test/next" if more else None
        meta = {"nextToken": f"t-{self.answers}", "nextPageUrl": url, "generalErrors": []}
        return json.dumps({"data": {"messages": messages}, "meta": meta}).encode()


@pytest.fixture
def table(tmp_path):
    made = target_of(f"duckdb:///{tmp_path / 'target.duckdb'}", "messages", PROGRAM)
    with closing(made):
        yield made


@pytest.fixture
def clock(monkeypatch):
    """The clock of followers, in seconds since the machine was started: a minute ago."""
    clock = SimpleNamespace(now=60.0)
    monkeypatch.setattr(follow, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def feed():
    return Feed()


def token(table):
    table.open()
    return table.state().token


def run(table, feed):
    """One run of the command, until caught up; how many changes it wrote."""
    table.open()
    following = Follow(REQUEST, feed, table, stop=GracefulStop())
    following.run(table.state(), follow=False)
    return following.changes


@pytest.mark.usefixtures("clock")
def test_a_run_with_nothing_new_writes_no_row_and_keeps_a_fresh_token(table, feed):
    assert [run(table, feed) for _ in range(3)] == [0, 0, 0]
    assert feed.after == [None, "t-1", "t-2"]
    assert token(table) == "t-3"


def test_while_nothing_happens_a_fresh_token_is_written_once_an_hour(table, feed, clock):
    following, kept = Follow(REQUEST, feed, table, stop=GracefulStop()), []
    for clock.now in (60.0, 61.0, 3660.0, 3661.0, 7261.0, 7262.0):
        following._step(0)
        kept.append(token(table))
    assert kept == ["t-1", "t-1", "t-1", "t-4", "t-4", "t-6"]
    assert feed.after == [None, "t-1", "t-1", "t-1", "t-4", "t-4"]


def test_an_empty_page_before_the_last_one_is_not_asked_for_again(table, feed, monkeypatch):
    run(table, feed)
    answers = iter([feed.answer(more=True), feed.answer(more=True), feed.answer("m-1")])
    monkeypatch.setattr(feed, "answer", lambda: next(answers))
    assert run(table, feed) == 1
    assert feed.after == [None, "t-1", "t-2", "t-3"]
    assert token(table) == "t-4"

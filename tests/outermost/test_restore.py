"""A ledger that has gone back in time, or has moved: what servers and followers do then."""

from collections.abc import Callable
from pathlib import Path

import httpx

from tests.making import make_row
from tests.outermost.conftest import Serve
from tests.outermost.test_backup import back_up, put_in_place
from tests.server import Server, smsledger

FEED = "/changes?limit=10000"


class Follower:
    """Keeps what the change feed tells, and loads everything again after a 409."""

    def __init__(self, server: Server) -> None:
        self.server, self.next = server, server.program_url + FEED
        self.held: dict[str, str] = {}
        self.reloads = -1
        self.reload()

    def reload(self) -> None:
        self.held, self.next, self.reloads = {}, self.server.program_url + FEED, self.reloads + 1
        self.follow()

    def follow(self) -> None:
        answer = httpx.get(self.next, auth=self.server.auth, timeout=30)
        if answer.status_code == 409:
            self.reload()
            return
        page = answer.raise_for_status().json()
        self.held |= {message["id"]: message["body"] for message in page["data"]["messages"]}
        self.next = f"{self.server.program_url}{FEED}&after={page['meta']['nextToken']}"


def post(server: Server, prefix: str, count: int) -> None:
    rows = [make_row(id=f"{prefix}-{number}", body=prefix) for number in range(count)]
    assert server.post(rows).raise_for_status().json()["data"]["accepted"] == count


def start_as_an_operator_who_forgets(server: Server) -> None:
    """Start the server; where it refuses, run the first command that it names."""
    try:
        server.start()
    except AssertionError:
        smsledger("restored", "--store", server.store_url)
        server.start()


def test_a_follower_holds_what_a_restored_ledger_holds_though_the_operator_forgot(
    serve: Serve, restore: Callable[[Path], str], tmp_path: Path
) -> None:
    server = serve()
    post(server, "early", 10)
    copy = back_up(server.store_url, tmp_path / "copy.db")
    post(server, "lost", 1000)
    follower = Follower(server)
    put_in_place(server, restore(copy))
    start_as_an_operator_who_forgets(server)
    post(server, "new", 1500)
    follower.follow()
    held = {message["id"] for message in server.walk(include="id", pageSize=500)}
    assert (len(held - set(follower.held)), len(set(follower.held) - held)) == (0, 0)


def test_after_a_planned_move_a_follower_goes_on_where_it_was(
    serve: Serve, restore: Callable[[Path], str], tmp_path: Path
) -> None:
    server = serve()
    post(server, "early", 10)
    follower = Follower(server)
    assert server.stop() == 0
    server.store_url = restore(back_up(server.store_url, tmp_path / "copy.db"))
    smsledger("moved", "--store", server.store_url)
    server.start()
    post(server, "new", 10)
    follower.follow()
    assert (len(follower.held), follower.reloads) == (20, 0)

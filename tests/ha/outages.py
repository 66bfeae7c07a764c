"""What clients see of an outage, and how long it lasts."""

import time
from collections.abc import Callable

import httpx

from tests.ha.waiting import until
from tests.making import make_row
from tests.server import Server
from tests.web.test_errors import assert_envelope

# A client that waits longer would have given up.
TOLD_WITHIN = 20
RECOVERED_WITHIN = 15
REST = [f"begun-{n}" for n in range(2, 10)]


def readiness(server: Server) -> int:
    """What /readyz says."""
    return httpx.get(f"{server.url}/readyz", timeout=60).status_code


def begin_walk(server: Server, name: str = "begun") -> str:
    """Post ten messages and read the first two of a walk; the address of the rest."""
    server.post([make_row(id=f"{name}-{n}") for n in range(10)]).raise_for_status()
    page = server.get(pageSize=2, include="id").raise_for_status().json()
    return str(page["meta"]["nextPageUrl"])


def finish_walk(server: Server, url: str) -> list[str]:
    """The ids of the pages from there on."""
    ids: list[str] = []
    following: str | None = url
    while following:
        page = httpx.get(following, auth=server.auth, timeout=60).raise_for_status().json()
        ids += [message["id"] for message in page["data"]["messages"]]
        following = page["meta"]["nextPageUrl"]
    return ids


def assert_refuses(server: Server, walk: str) -> None:
    """Every request is told in time, and when to come again; the process itself is well."""
    answers: dict[str, Callable[[], httpx.Response]] = {
        "first page": server.get,
        "next page": lambda: httpx.get(walk, auth=server.auth, timeout=60),
        "messages": lambda: server.post([make_row(id="refused")]),
        "receipts": lambda: server.post([{"id": "x", "deliveryStatus": "Delivered"}], "/receipts"),
        "readiness": lambda: httpx.get(f"{server.url}/readyz", timeout=60),
    }
    for name, ask in answers.items():
        began = time.monotonic()
        answer = ask()
        assert time.monotonic() - began < TOLD_WITHIN, name
        assert_envelope(answer, 503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0, name
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def assert_recovers(server: Server, walk: str) -> None:
    """Without a restart it reads and writes again, and the walk goes on where it was."""
    until(lambda: readiness(server) == 200, seconds=RECOVERED_WITHIN)
    assert finish_walk(server, walk) == REST
    assert server.post([make_row(id="recovered")]).json()["data"]["accepted"] == 1
    assert server.process.poll() is None

"""Walks while other processes ingest and update, and servers are killed -9 and started again."""

import json
import random
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from tests.making import PROGRAM, make_row
from tests.outermost.acknowledged import Acknowledged
from tests.outermost.conftest import Serve
from tests.outermost.ledgers import serials_of
from tests.outermost.walkers import Walker
from tests.outermost.writers import writer_of
from tests.server import COMMAND, Server

WRITERS = ("w1", "w2")
MESSAGES = 1500  # of each writer
IMPORTED = "15550001111"
TOPOLOGIES = {"one server": (1, ()), "two servers": (2, ()), "two workers": (1, ("--workers", "2"))}


def statuses_of(server: Server, **parameters: Any) -> dict[str, str]:
    """All messages of a walk, by id; each is there once."""
    walked = list(server.walk(pageSize=500, include="id", **parameters))
    statuses = {message["id"]: message["deliveryStatus"] for message in walked}
    assert len(statuses) == len(walked)
    return statuses


def kill_while_running(
    servers: list[Server], writers: list[subprocess.Popen[str]], logs: Collection[Path]
) -> None:
    """Kill -9 one of the servers and start it again, at random points of the writers' work."""
    chance = random.Random(7)  # noqa: S311
    written = 0
    while all(writer.poll() is None for writer in writers):
        written += chance.randrange(300, 1200)  # by progress: machines differ in speed
        while sum(map(lines_of, logs)) < written and None in [each.poll() for each in writers]:
            time.sleep(chance.uniform(0.001, 0.02))
        server = chance.choice(servers)
        server.kill()
        server.start()
    assert [writer.wait() for writer in writers] == [0] * len(writers)


def lines_of(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def walking(servers: list[Server], *page_sizes: int) -> list[Walker]:
    walkers = [Walker(servers, page_size) for page_size in page_sizes]
    for walker in walkers:
        walker.start()
    return walkers


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_walks_are_exact_and_nothing_acknowledged_is_lost(
    serve: Serve,
    run: Callable[..., subprocess.Popen[str]],
    ledger_url: str,
    tmp_path: Path,
    topology: str,
) -> None:
    count, options = TOPOLOGIES[topology]
    servers = [serve(*options) for _ in range(count)]
    logs = {name: tmp_path / f"{name}.log" for name in WRITERS}
    writers = [run(*writer_of(servers, name, MESSAGES, log)) for name, log in logs.items()]
    walkers = walking(servers, 50, 211)
    kill_while_running(servers, writers, logs.values())
    walks = [walk for walker in walkers for walk in walker.finish()]
    acknowledged, serials = Acknowledged(logs.values()), serials_of(ledger_url)
    assert any(walker.retries for walker in walkers)
    assert len(acknowledged.messages) == len(WRITERS) * MESSAGES
    assert statuses_of(servers[0]) == acknowledged.statuses
    assert len([walk for walk in walks if walk.pin]) >= 4
    for walk in walks:
        walk.check(acknowledged, serials)


def test_an_import_beside_a_live_server_is_killed_run_again_and_each_message_is_there_once(
    serve: Serve, run: Callable[..., subprocess.Popen[str]], ledger_url: str, tmp_path: Path
) -> None:
    server = serve()
    file, log = tmp_path / "history.ndjson", tmp_path / "writer.log"
    rows = [make_row(id=f"i-{n}", number=IMPORTED) for n in range(8000)]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    command = (*COMMAND, "import", str(file), "--program", str(PROGRAM), "--store", ledger_url)
    writer, walkers = run(*writer_of([server], "w", 1000, log)), walking([server], 199, 500)
    first = run(*command)
    while not server.get(number=IMPORTED, pageSize=1).json()["data"]["messages"]:
        assert first.poll() is None
    first.kill()
    assert 0 < len(statuses_of(server, number=IMPORTED)) < len(rows)
    assert run(*command).wait() == 0
    assert writer.wait() == 0
    walks = [walk for walker in walkers for walk in walker.finish()]
    assert len(statuses_of(server, number=IMPORTED)) == len(rows)
    acknowledged, serials = Acknowledged([log]), serials_of(ledger_url)
    assert acknowledged.messages.keys() <= serials.keys()
    assert len(serials) == len(rows) + 1000
    for walk in walks:
        walk.check(acknowledged, serials)

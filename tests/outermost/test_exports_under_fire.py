"""A whole export and two followers while messages and receipts come in and everybody is killed.

Killed -9 are the server, the export and the followers, at random moments; all are started again.
In the end the file and both tables equal the ledger, message by message.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from tests.databases import Databases
from tests.making import PROGRAM, make_row
from tests.outermost.acknowledged import Acknowledged
from tests.outermost.conftest import Serve
from tests.outermost.writers import writer_of
from tests.server import COMMAND, Server, smsledger

WRITERS = ("w1", "w2")
MESSAGES = 1200  # of each writer
OLD = 20_000
EVERY_FIELD = "id,shortCode,segments,updatedAt,errorCode,gateway"
_COLUMNS = (
    "id, type, delivery_status, number, body, date, network, short_code, segments, updated_at,"
    " error_code, gateway"
)


class Exporter:
    """`smsledger export` to one target, started again and again."""

    def __init__(self, server: Server, output: str, *options: str) -> None:
        user, secret = server.auth
        asked = ("--user", user, "--program", str(PROGRAM), "--output", output, *options)
        self.arguments = ("export", server.url, *asked)
        self.secret = secret
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = self.completed = 0

    def keep_running(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        self.completed += self.process is not None and self.process.returncode == 0
        self.process = subprocess.Popen(
            [*COMMAND, *self.arguments],
            env={**os.environ, "SMSLEDGER_SECRET": self.secret},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.kills += 1

    def finish(self) -> None:
        """Once more to the end, undisturbed."""
        self.kill()
        arguments = [each for each in self.arguments if each != "--follow"]
        smsledger(*arguments, SMSLEDGER_SECRET=self.secret)


@pytest.fixture
def postgres_target(databases: Databases) -> Iterator[str]:
    with databases.clone("template0") as url:
        yield url


def fill(server: Server) -> set[str]:
    """So many messages that none of the exporters is done in a moment; their ids."""
    ids = [f"old-{n}" for n in range(OLD)]
    for first in range(0, OLD, 5000):
        rows = [make_row(id=each) for each in ids[first : first + 5000]]
        assert server.post(rows).json()["data"]["accepted"] == len(rows)
    return set(ids)


def under_fire(
    server: Server,
    writers: list[subprocess.Popen[str]],
    exporters: list[Exporter],
    erase: Callable[[], None],
) -> int:
    """Kill one of them all at random moments, erasing in between, until the writers are done.

    And until each was killed often enough; how often the server was.
    """
    chance, kills = random.Random(11), 0  # noqa: S311
    while (
        any(writer.poll() is None for writer in writers)
        or kills < 3
        or any(exporter.kills < 2 for exporter in exporters)
    ):
        for exporter in exporters:
            exporter.keep_running()
        time.sleep(chance.uniform(0.1, 0.9))  # any moment will do
        victims: list[Server | Exporter] = [server, *exporters]
        victim = chance.choice(victims)
        victim.kill()
        if victim is server:
            kills += 1
            server.start()
        elif chance.random() < 0.3:
            erase()
    assert [writer.wait() for writer in writers] == [0] * len(writers)
    return kills


def ledger_of(server: Server) -> dict[str, dict[str, Any]]:
    """Every message of the ledger, all fields, by id."""
    walked = list(server.walk(pageSize=500, include=EVERY_FIELD))
    assert len({message["id"] for message in walked}) == len(walked)
    return {message["id"]: message for message in walked}


def rows_of(
    connection: duckdb.DuckDBPyConnection | psycopg.Connection[tuple[Any, ...]],
) -> dict[str, dict[str, Any]]:
    """The same of a table, as the wire writes it."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM messages").fetchall()
    fields = (
        *("id", "type", "deliveryStatus", "number", "body", "date", "network"),
        *("shortCode", "segments", "updatedAt", "errorCode", "gateway"),
    )
    rows = [dict(zip(fields, row, strict=True)) for row in found]
    for row in rows:
        row["date"] = row["date"].isoformat(timespec="seconds")
        row["updatedAt"] = row["updatedAt"].isoformat(timespec="microseconds")
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def test_whoever_is_killed_in_the_end_all_hold_the_same(
    serve: Serve, run: Callable[..., subprocess.Popen[str]], tmp_path: Path, postgres_target: str
) -> None:
    server = serve()
    old = fill(server)
    file, duck = tmp_path / "out.ndjson", tmp_path / "out.duckdb"
    exporters = [
        Exporter(server, str(file), "--include", EVERY_FIELD),
        Exporter(server, f"duckdb:///{duck}", "--follow"),
        Exporter(server, postgres_target, "--follow"),
    ]
    logs = {name: tmp_path / f"{name}.log" for name in WRITERS}
    writers = [run(*writer_of([server], name, MESSAGES, log)) for name, log in logs.items()]
    erased: list[str] = []

    def erase() -> None:
        ids = [f"old-{len(erased) + n}" for n in range(20)]
        given = [option for each in ids for option in ("--id", each)]
        smsledger("erase", "--store", server.store_url, "--program", str(PROGRAM), *given)
        erased.extend(ids)

    kills = under_fire(server, writers, exporters, erase)
    erase()
    for exporter in exporters:
        exporter.finish()
    assert kills >= 3
    ledger = ledger_of(server)
    acknowledged = Acknowledged(logs.values())
    assert ledger.keys() == (old | acknowledged.messages.keys()) - set(erased)
    told = {each: status for each, status in acknowledged.statuses.items() if each in ledger}
    assert {each: ledger[each]["deliveryStatus"] for each in told} == told
    exported = [json.loads(line) for line in file.read_text().splitlines()]
    assert {message["id"]: message for message in exported} == ledger
    assert len(exported) == len(ledger)
    smsledger("export", "--verify", str(file))
    with closing(duckdb.connect(str(duck), read_only=True)) as database:
        assert rows_of(database) == ledger
    with psycopg.connect(postgres_target) as connection:
        assert rows_of(connection) == ledger

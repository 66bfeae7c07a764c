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
from contextlib import closing

import duckdb
import psycopg
import pytest

from tests.making import PROGRAM, make_row
from tests.outermost.acknowledged import Acknowledged
from tests.outermost.writers import writer_of
from tests.server import COMMAND, smsledger

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

    def __init__(self, server, output, *options):
        user, secret = server.auth
        self.arguments = ("export", server.url, "--user", user, "--program", str(PROGRAM))
        self.arguments += ("--output", output, *options)
        self.environment = {"SMSLEDGER_SECRET": secret}
        self.process = None
        self.kills = self.completed = 0

    def keep_running(self):
        if self.process is not None and self.process.poll() is None:
            return
        self.completed += self.process is not None and self.process.returncode == 0
        self.process = subprocess.Popen(
            [*COMMAND, *self.arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.kills += 1

    def finish(self):
        """Once more to the end, undisturbed."""
        self.kill()
        arguments = [each for each in self.arguments if each != "--follow"]
        smsledger(*arguments, **self.environment)


@pytest.fixture
def postgres_target(databases):
    with databases.clone("template0") as url:
        yield url


def fill(server):
    """So many messages that none of the exporters is done in a moment; their ids."""
    ids = [f"old-{n}" for n in range(OLD)]
    for first in range(0, OLD, 5000):
        rows = [make_row(id=each) for each in ids[first : first + 5000]]
        assert server.post(rows).json()["data"]["accepted"] == len(rows)
    return set(ids)


def under_fire(server, writers, exporters, erase):
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
        victim = chance.choice([server, *exporters])
        victim.kill()
        if victim is server:
            kills += 1
            server.start()
        elif chance.random() < 0.3:
            erase()
    assert [writer.wait() for writer in writers] == [0] * len(writers)
    return kills


def ledger_of(server):
    """Every message of the ledger, all fields, by id."""
    walked = list(server.walk(pageSize=500, include=EVERY_FIELD))
    assert len({message["id"] for message in walked}) == len(walked)
    return {message["id"]: message for message in walked}


def rows_of(connection):
    """The same of a table, as the wire writes it."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM messages").fetchall()
    fields = ("id", "type", "deliveryStatus", "number", "body", "date", "network")
    fields += ("shortCode", "segments", "updatedAt", "errorCode", "gateway")
    rows = [dict(zip(fields, row, strict=True)) for row in found]
    for row in rows:
        row["date"] = row["date"].isoformat(timespec="seconds")
        row["updatedAt"] = row["updatedAt"].isoformat(timespec="microseconds")
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def test_whoever_is_killed_in_the_end_all_hold_the_same(serve, run, tmp_path, postgres_target):
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
    erased = []

    def erase():
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
    with closing(duckdb.connect(str(duck), read_only=True)) as connection:
        assert rows_of(connection) == ledger
    with psycopg.connect(postgres_target) as connection:
        assert rows_of(connection) == ledger

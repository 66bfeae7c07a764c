"""The ledger that is measured: made by the commands that an operator uses."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from bench.server import Server, free_port, serving
from bench.wire import Credential

PROGRAM = 121811
SEED = 7


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A ledger's address as a store, and a credential that may read and write it."""

    url: str
    credential: Credential


def build(url: str, messages: int) -> Ledger:
    """A new ledger with a year of messages in one program."""
    _command("migrate", "--store", url)
    names = ("--name", "Bench", "--type", "Text to Join", "--campaign", "Default Campaign")
    _command("program", "create", "--store", url, "--id", str(PROGRAM), *names)
    scope = ("--user", "bench", "--scope", "export,ingest", "--json")
    made = msgspec.json.decode(_command("credential", "create", "--store", url, *scope))
    year = ("--program", str(PROGRAM), "--messages", str(messages), "--seed", str(SEED))
    _command("sample", "--store", url, *year)
    return Ledger(url=url, credential=Credential(made["username"], made["secret"]))


@contextmanager
def serving_ledger(ledger: Ledger, *, workers: int = 1) -> Iterator[Server]:
    """`smsledger serve`, with so many workers."""
    port = free_port()
    place = ("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers))
    with serving("smsledger", "serve", "--store", ledger.url, *place, port=port) as server:
        yield server


def _command(*arguments: str) -> bytes:
    command = [sys.executable, "-m", "smsledger", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

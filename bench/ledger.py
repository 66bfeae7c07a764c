"""The ledger that is measured: made by the commands that an operator uses."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.server import Server, free_port, serving
from bench.wire import Credential

PROGRAM = 121811
SEED = 7


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A ledger in a file, and a credential that may read and write it."""

    file: Path
    credential: Credential

    @property
    def url(self) -> str:
        """Its address as a store."""
        return f"sqlite:///{self.file}"


def build(file: Path, messages: int) -> Ledger:
    """A new ledger with a year of messages in one program."""
    url = f"sqlite:///{file}"
    _command("migrate", "--store", url)
    names = ("--name", "Bench", "--type", "Text to Join", "--campaign", "Default Campaign")
    _command("program", "create", "--store", url, "--id", str(PROGRAM), *names)
    scope = ("--user", "bench", "--scope", "export,ingest", "--json")
    made = msgspec.json.decode(_command("credential", "create", "--store", url, *scope))
    year = ("--program", str(PROGRAM), "--messages", str(messages), "--seed", str(SEED))
    _command("sample", "--store", url, *year)
    return Ledger(file=file, credential=Credential(made["username"], made["secret"]))


@contextmanager
def serving_ledger(ledger: Ledger) -> Iterator[Server]:
    """`smsledger serve`, with one worker."""
    port = free_port()
    place = ("--host", "127.0.0.1", "--port", str(port), "--workers", "1")
    with serving("smsledger", "serve", "--store", ledger.url, *place, port=port) as server:
        yield server


def _command(*arguments: str) -> bytes:
    command = [sys.executable, "-m", "smsledger", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

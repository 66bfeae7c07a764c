"""The ledger that is measured: made by the commands that an operator uses."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.server import THIS, Checkout, Server, free_port, serving
from bench.wire import Credential

PROGRAM = 121811
SEED = 7


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A ledger's address as a store, and a credential that may read and write it."""

    url: str
    credential: Credential


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder for ledgers, which is removed at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="smsledger-bench-") as name:
        Path(name).chmod(0o711)  # a database's server has a user of its own
        yield Path(name)


def build(url: str, messages: int, checkout: Checkout = THIS) -> Ledger:
    """A new ledger with a year of messages in one program, made by a checkout's commands."""

    def run(*arguments: str) -> bytes:
        command = checkout.command("smsledger", *arguments, "--store", url)
        ran = subprocess.run(command, cwd=checkout.folder, check=True, stdout=subprocess.PIPE)
        return ran.stdout

    run("migrate")
    names = ("--name", "Bench", "--type", "Text to Join", "--campaign", "Default Campaign")
    run("program", "create", "--id", str(PROGRAM), *names)
    made = msgspec.json.decode(
        run("credential", "create", "--user", "bench", "--scope", "export,ingest", "--json")
    )
    run("sample", "--program", str(PROGRAM), "--messages", str(messages), "--seed", str(SEED))
    return Ledger(url=url, credential=Credential(made["username"], made["secret"]))


@contextmanager
def serving_ledger(
    ledger: Ledger, *, workers: int = 1, checkout: Checkout = THIS
) -> Iterator[Server]:
    """`smsledger serve` of a checkout, with so many workers."""
    port = free_port()
    place = ("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers))
    arguments = ("smsledger", "serve", "--store", ledger.url, *place)
    with serving(*arguments, port=port, checkout=checkout) as server:
        yield server

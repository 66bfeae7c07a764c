"""`smsledger opt-outs rebuild`, killed in the middle and run again."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

from smsledger.store import open_store
from tests.databases import execute
from tests.making import PROGRAM
from tests.outermost.workers import until
from tests.server import COMMAND, smsledger
from tests.store.test_consent import make_mo

SPANISH: dict[str, Any] = {"SMSLEDGER_OPT_OUT_WORDS": "ALTO"}
NUMBERS = 6000


async def write(url: str) -> None:
    """Let half of the numbers write STOP, the others ALTO."""
    store = await open_store(url)
    said = [make_mo(("STOP", "ALTO")[n % 2], number=f"{15_550_000 + n}") for n in range(NUMBERS)]
    await store.record_messages(PROGRAM, said)
    await store.close()


def opted_out(url: str, word: str) -> int:
    query = f"SELECT count(*) FROM consent WHERE kind = 'opt_out' AND word = '{word}'"
    return int(execute(url, query)[0][0])


def is_due(url: str) -> bool:
    [[due]] = execute(url, "SELECT rebuild_due_since FROM consent_words")
    return due is not None


def test_a_rebuild_that_is_killed_stays_due_and_ends_right_when_it_is_run_again(
    ledger_url: str, run: Callable[..., subprocess.Popen[str]]
) -> None:
    asyncio.run(write(ledger_url))
    command = [*COMMAND, "opt-outs", "rebuild", "--store", ledger_url]
    process = run(*command, env={**os.environ, **SPANISH})
    until(lambda: opted_out(ledger_url, "ALTO") > 0)
    process.kill()
    process.wait()
    assert 0 < opted_out(ledger_url, "STOP") < NUMBERS // 2
    assert is_due(ledger_url)
    again = smsledger(*command[len(COMMAND) :], "--json", **SPANISH)
    assert json.loads(again)["numbers"] == NUMBERS
    assert (opted_out(ledger_url, "STOP"), opted_out(ledger_url, "ALTO")) == (0, NUMBERS // 2)
    assert not is_due(ledger_url)

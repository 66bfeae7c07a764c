"""A client generated from the document of a live server, in an environment of its own."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smsledger.cli.common import with_store
from tests.integrations.conftest import ROOT
from tests.integrations.ledger import COUNT, FIELDS, Ledger

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.tool("openapi-client")]

FOLDER = ROOT / "integrations/openapi-client"
EXPORT = """
import sys
from level import PROGRAM_ID, connect
from smsledger_client.api.export import export_all_messages
answer = export_all_messages.sync_detailed(PROGRAM_ID, client=connect(), include="id")
sys.stdout.buffer.write(answer.content)
"""


@pytest.fixture
def python(tool: Path, ledger: Ledger, tmp_path: Path) -> Callable[..., str]:
    """Runs Python beside a client generated just now; what it printed."""
    url, (user, secret) = ledger.server.url, ledger.server.auth
    given = {"URL": url, "PROGRAM": str(ledger.program_id), "USER": user, "SECRET": secret}
    environment = {
        **os.environ,
        **{f"SMSLEDGER_{name}": value for name, value in given.items()},
        "PATH": f"{tool / 'bin'}:{os.environ['PATH']}",  # it formats what it generates
        "PYTHONPATH": f"{tmp_path}:{FOLDER}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(*command: str, status: int = 0) -> str:
        ran = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == status, ran.stdout + ran.stderr
        return ran.stdout if status == 0 else ran.stderr

    generate = "openapi-python-client generate --meta none --output-path smsledger_client"
    run(*generate.split(), "--url", f"{url}/openapi.json")
    return lambda *arguments, status=0: run("python", *arguments, status=status)


def held(folder: Path) -> dict[str, dict[str, str]]:
    messages = json.loads((folder / "messages.json").read_text())["messages"]
    return {id_: {field: each[field] for field in FIELDS} for id_, each in messages.items()}


def test_it_walks_all_pages_and_then_reads_only_what_changed(
    python: Callable[..., str], ledger: Ledger, tmp_path: Path
) -> None:
    assert python(f"{FOLDER}/level.py", "messages.json") == f"{COUNT} messages\n"
    assert held(tmp_path) == ledger.messages()
    for _ in range(2):
        change = ledger.change()
        assert python(f"{FOLDER}/level.py", "messages.json") == f"{change.count} changes\n"
        assert held(tmp_path) == ledger.messages()
    assert python(f"{FOLDER}/level.py", "messages.json") == "0 changes\n"


def test_after_a_restore_it_ends_with_what_the_server_says(
    python: Callable[..., str], ledger: Ledger
) -> None:
    python(f"{FOLDER}/level.py", "messages.json")
    with_store(ledger.server.store_url, lambda store: store.renew_epoch("another"))
    said = python(f"{FOLDER}/level.py", "messages.json", status=1)
    assert said.startswith("ledger_restored: ")


def test_it_exports_all_messages_in_one_answer(python: Callable[..., str], ledger: Ledger) -> None:
    messages = [json.loads(line) for line in python("-c", EXPORT).splitlines()]
    assert {each["id"]: each for each in messages} == ledger.messages()

"""OpenAPI Generator's Python client, generated from the document of a live server, and used."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smsledger.ledger import instant
from tests.integrations.conftest import ROOT
from tests.integrations.ledger import COUNT, Ledger

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.tool("openapi-generator")]

FOLDER = ROOT / "integrations/openapi-generator"
GENERATE = (
    "openapi-generator-cli generate -g python -o . --package-name smsledger_client"
    " --global-property apis,models,supportingFiles,apiDocs=false,modelDocs=false"
    ",apiTests=false,modelTests=false"
)


@pytest.fixture
def python(tool: Path, ledger: Ledger, tmp_path: Path) -> Callable[..., str]:
    """Run a file of integrations/ with a client generated in this test; return its output."""
    url, (user, secret) = ledger.server.url, ledger.server.auth
    given = {"URL": url, "PROGRAM": str(ledger.program_id), "USER": user, "SECRET": secret}
    environment = {
        **os.environ,
        **{f"SMSLEDGER_{name}": value for name, value in given.items()},
        "PATH": f"{tool / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(*command: str) -> str:
        ran = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
        return ran.stdout

    run(*GENERATE.split(), "-i", f"{url}/openapi.json")
    return lambda *arguments: run("python", *arguments)


def test_the_generated_client_posts_messages_and_lists_all_pages(
    python: Callable[..., str], ledger: Ledger
) -> None:
    date = instant.render_seconds(instant.now())
    said = python(f"{FOLDER}/example.py", date)
    assert said == f"1 accepted, 1 rejected (date_out_of_range)\n{COUNT + 1} messages\n"
    assert python(f"{FOLDER}/example.py", date).startswith(
        "0 accepted, 1 rejected (date_out_of_range)\n"
    )
    assert ledger.messages()["generated-1"]["date"] == date

"""The Postman collection, as newman runs it against a live server."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integrations.conftest import ROOT
from tests.integrations.ledger import COUNT, Ledger

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.tool("postman")]

FOLDER = ROOT / "integrations/postman"


@pytest.fixture
def newman(tool: Path, ledger: Ledger, tmp_path: Path) -> Callable[..., dict[str, str | None]]:
    """Runs the collection with the environment that the run before left behind.

    What came of it: what was tested, and why it failed, if it did.
    """
    kept, report = tmp_path / "environment.json", tmp_path / "report.json"
    kept.write_text((FOLDER / "smsledger.example.postman_environment.json").read_text())
    user, secret = ledger.server.auth
    given = {"baseUrl": ledger.server.url, "username": user, "secret": secret}
    command = [
        str(tool / "node_modules/.bin/newman"),
        *("run", str(FOLDER / "smsledger.postman_collection.json")),
        *("--environment", str(kept), "--export-environment", str(kept)),
        *("--reporters", "json", "--reporter-json-export", str(report)),
    ]
    for name, value in given.items():
        command += ["--env-var", f"{name}={value}"]

    def run(*options: str) -> dict[str, str | None]:
        subprocess.run([*command, *options], check=False, timeout=120)
        executions = json.loads(report.read_text())["run"]["executions"]
        tested = [each for execution in executions for each in execution["assertions"]]
        return {each["assertion"]: each.get("error", {}).get("message") for each in tested}

    return run


def test_all_of_it_passes_and_then_only_what_changed_is_read(
    newman: Callable[..., dict[str, str | None]], ledger: Ledger
) -> None:
    first = newman()
    assert not any(first.values()), first
    assert f"{COUNT} messages on 3 pages" in first
    assert f"It has {COUNT} messages" in first
    assert f"{COUNT} changes, 0 of them erasures, on 2 pages" in first
    change = ledger.change()
    second = newman("--folder", "Export")
    assert not any(second.values()), second
    ingested, erased = 2, len(change.erased)  # the first run went on to its folder Ingest
    count = change.count + ingested
    assert f"{count} changes, {erased} of them erasures, on 1 pages" in second
    assert "0 changes, 0 of them erasures, on 1 pages" in newman("--folder", "Export")


def test_what_is_refused_is_reported(newman: Callable[..., dict[str, str | None]]) -> None:
    run = newman("--env-var", "secret=wrong", "--folder", "Export")
    assert run["Page 1 is answered"]
    assert run["Page 1 of the changes is answered"]

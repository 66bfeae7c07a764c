"""A real server is asked what its document allows, and what it forbids, and answers as documented.

Schemathesis does the asking: https://schemathesis.readthedocs.io.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.making import PROGRAM, make_row
from tests.server import Server

SETTINGS = f"""
max-failures = 10
suppress-health-check = ["all"]
warnings.fail-on = true

[auth]
basic = {{ username = "${{LEDGER_USER}}", password = "${{LEDGER_SECRET}}" }}

[parameters]
"path.programId" = {PROGRAM}

[generation]
max-examples = 15
deterministic = true

[phases.stateful]
enabled = false

# No schema says which days there are, nor which cursors and tokens were handed out.
[[operations]]
include-tag = "Export"
checks.positive_data_acceptance.enabled = false
checks.negative_data_rejection.expected-statuses = [400, 401, 404, 405, 414]

# What a null becomes in a query is a network's name.
[[operations]]
include-operation-id = "exportAllMessages"
checks.positive_data_acceptance.enabled = false
checks.negative_data_rejection.enabled = false

# A bad row is rejected alone, in the report of a 200.
[[operations]]
include-tag = "Ingest"
checks.positive_data_acceptance.enabled = false
checks.negative_data_rejection.enabled = false

# What a gateway says is never refused.
[[operations]]
include-tag = "Gateways"
checks.negative_data_rejection.enabled = false
"""


def run_schemathesis(server: Server, settings: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("schemathesis")
    user, secret = server.auth
    return subprocess.run(
        [command, "--config-file", settings, "run", f"{server.url}/openapi.json", "--no-color"],
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.parent,
        env={
            **os.environ,
            "LEDGER_USER": user,
            "LEDGER_SECRET": secret,
            "SCHEMATHESIS_HOOKS": "tests.web.api.schemathesis_hooks",
            "PYTHONPATH": str(Path(__file__).parents[3]),
        },
    )


def test_every_answer_is_as_documented(server: Server, tmp_path: Path) -> None:
    server.post([make_row(id=f"m-{n}", network="AT&T, LLC") for n in range(5)])
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)
    ran = run_schemathesis(server, settings)
    assert ran.returncode == 0, ran.stdout + ran.stderr

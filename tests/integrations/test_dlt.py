"""dlt's rest_api source, with nothing but a configuration, into DuckDB."""

import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from smsledger.cli.common import with_store
from tests.integrations.conftest import ROOT
from tests.integrations.ledger import COUNT, FIELDS, Ledger

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.tool("dlt")]

PIPELINE = ROOT / "integrations/dlt/smsledger_pipeline.py"
OWN = ROOT / "tests/integrations/dlt_own_configuration.py"
COLUMNS = "id, type, delivery_status, number, body, date, network"


@pytest.fixture
def load(tool: Path, ledger: Ledger, tmp_path: Path) -> Callable[..., str]:
    """Runs the pipeline in a folder of its own; what it said."""
    settings = {
        "BASE_URL": ledger.server.url,
        "PROGRAM_ID": str(ledger.program_id),
        "USERNAME": ledger.server.auth[0],
        "SECRET": ledger.server.auth[1],
        "LIMIT": "500",
    }
    variables = {f"SOURCES__SMSLEDGER__{name}": value for name, value in settings.items()}
    variables |= {"DLT_DATA_DIR": str(tmp_path), "RUNTIME__DLTHUB_TELEMETRY": "false"}

    def run(status: int = 0, **further: str) -> str:
        ran = subprocess.run(
            [tool / "bin/python", PIPELINE],
            cwd=tmp_path,
            env={**os.environ, **variables, **further},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == status, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    return run


def sent(said: str) -> int:
    """The messages in a load; none is no load."""
    found = re.search(r"- messages: (\d+) row", said)
    return int(found[1]) if found else 0


def table(folder: Path) -> dict[str, tuple[Any, ...]]:
    with duckdb.connect(folder / "smsledger.duckdb", read_only=True) as loaded:
        rows = loaded.execute(f"SELECT {COLUMNS} FROM sms.messages").fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row for row in rows}


def as_loaded(message: dict[str, str]) -> tuple[Any, ...]:
    row = dict(message, date=datetime.fromisoformat(message["date"]).replace(tzinfo=UTC))
    return tuple(row[field] for field in FIELDS)


def expected(ledger: Ledger) -> dict[str, tuple[Any, ...]]:
    return {id_: as_loaded(message) for id_, message in ledger.messages().items()}


def test_it_loads_every_message_and_then_only_what_changed(
    load: Callable[..., str], ledger: Ledger, tmp_path: Path
) -> None:
    assert sent(load()) == COUNT
    assert table(tmp_path) == expected(ledger)
    for _ in range(2):
        change = ledger.change()
        assert sent(load()) == change.count
        assert table(tmp_path) == expected(ledger)
    assert sent(load()) == 0
    assert table(tmp_path) == expected(ledger)


def test_after_a_restore_it_fails_until_it_is_told_to_begin_anew(
    load: Callable[..., str], ledger: Ledger, tmp_path: Path
) -> None:
    load()
    with_store(ledger.server.store_url, lambda store: store.renew_epoch("another"))
    assert "409" in load(status=1)
    assert table(tmp_path) == expected(ledger)
    change = ledger.change()
    anew = load(REFRESH="drop_sources")
    assert sent(anew) == COUNT + len(change.arrived)
    assert table(tmp_path) == expected(ledger)
    assert sent(load()) == 0


@pytest.mark.parametrize(("place", "read"), [("client", 500), ("endpoint", COUNT)])
def test_a_paginator_on_the_client_reads_one_page_as_the_how_to_says(
    tool: Path, ledger: Ledger, tmp_path: Path, place: str, read: int
) -> None:
    asked = [ledger.server.url, *ledger.server.auth, str(ledger.program_id), place]
    ran = subprocess.run(
        [tool / "bin/python", OWN, *asked],
        cwd=tmp_path,
        env={**os.environ, "DLT_DATA_DIR": str(tmp_path), "RUNTIME__DLTHUB_TELEMETRY": "false"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(ran.stdout) == read

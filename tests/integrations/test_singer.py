"""The Singer tap: its executable, its messages, and its state given back to it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smsledger.cli.common import with_store
from tests.integrations.conftest import ROOT
from tests.integrations.ledger import COUNT, FIELDS, Ledger

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.tool("singer")]

FOLDER = ROOT / "integrations/singer"


@pytest.fixture
def tap(tool: Path, ledger: Ledger, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Runs the tap with the state that it said last; what it says."""
    user, secret = ledger.server.auth
    config = {"url": ledger.server.url, "program_ids": [ledger.program_id], "page_size": 500}
    (tmp_path / "config.json").write_text(json.dumps(config | {"user": user, "secret": secret}))
    state = tmp_path / "state.json"

    def run(status: int = 0, said: str = "") -> list[dict[str, Any]]:
        command = [str(tool / "bin/python"), "-m", "tap_smsledger", "--config", "config.json"]
        command += ["--state", state.name] if state.exists() else []
        environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
        ran = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == status, ran.stderr
        assert said in ran.stderr
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        if status == 0:
            states = [line["value"] for line in lines if line["type"] == "STATE"]
            state.write_text(json.dumps(states[-1]))
        return [line["record"] for line in lines if line["type"] == "RECORD"]

    return run


def upserted(table: dict[str, tuple[Any, ...]], records: list[dict[str, Any]]) -> None:
    """Does as a target that upserts by the key and deletes what is marked as deleted."""
    for record in records:
        if record.get("_sdc_deleted_at"):
            del table[record["id"]]
        else:
            table[record["id"]] = tuple(record[field] for field in FIELDS)


def expected(ledger: Ledger) -> dict[str, tuple[Any, ...]]:
    return {
        id_: tuple((message | {"date": message["date"] + "Z"}).values())
        for id_, message in ledger.messages().items()
    }


def test_it_loads_every_message_and_then_only_what_changed(
    tap: Callable[..., list[dict[str, Any]]], ledger: Ledger
) -> None:
    table: dict[str, tuple[Any, ...]] = {}
    records = tap()
    assert len(records) == COUNT
    upserted(table, records)
    assert table == expected(ledger)
    for change in (ledger.change, ledger.change):
        count, records = change().count, tap()
        assert len(records) == count
        upserted(table, records)
        assert table == expected(ledger)
    assert tap() == []


def test_after_a_restore_it_fails_and_says_what_to_do(
    tap: Callable[..., list[dict[str, Any]]], ledger: Ledger
) -> None:
    tap()
    with_store(ledger.server.store_url, lambda store: store.renew_epoch("another"))
    assert tap(status=1, said="ledger_restored: drop this stream's state") == []

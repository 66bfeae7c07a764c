"""Airbyte's low-code runner with nothing but the manifest."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from smsledger.cli.common import with_store
from tests.integrations.conftest import ROOT
from tests.integrations.ledger import COUNT, FIELDS, Ledger

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.tool("airbyte")]

MANIFEST = ROOT / "integrations/airbyte/manifest.yaml"


class Said(NamedTuple):
    """What the source wrote: its messages by their type."""

    status: int
    lines: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    def records(self) -> list[dict[str, Any]]:
        return [line["record"]["data"] for line in self.of("RECORD")]

    def state(self) -> list[dict[str, Any]]:
        return [self.of("STATE")[-1]["state"]]


@pytest.fixture
def source(tool: Path, ledger: Ledger, tmp_path: Path) -> Callable[..., Said]:
    """Runs the source: a verb, and the files of its options."""
    user, secret = ledger.server.auth
    config = {"url": ledger.server.url, "program_id": ledger.program_id, "page_size": 500}
    config |= {"user": user, "secret": secret}

    def run(verb: str, **options: object) -> Said:
        command = [
            str(tool / "bin/source-declarative-manifest"),
            verb,
            "--manifest-path",
            str(MANIFEST),
        ]
        for name, value in ({"config": config} | options).items():
            command += [f"--{name}", str(written(tmp_path / f"{name}.json", value))]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
        return Said(ran.returncode, lines)

    return run


def written(file: Path, value: object) -> Path:
    file.write_text(json.dumps(value))
    return file


def chosen(stream: dict[str, Any]) -> dict[str, Any]:
    """A configured catalog of one stream, as a connection has it."""
    mode = stream["supported_sync_modes"][-1]
    return {"streams": [{"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"}]}


def streams(source: Callable[..., Said]) -> dict[str, dict[str, Any]]:
    [catalog] = source("discover").of("CATALOG")
    return {stream["name"]: stream for stream in catalog["catalog"]["streams"]}


def as_loaded(record: dict[str, Any]) -> tuple[Any, ...]:
    """The fields of a message; the CDK leaves out what is null."""
    return tuple(record.get(field) for field in FIELDS)


def upserted(table: dict[str, tuple[Any, ...]], records: list[dict[str, Any]]) -> None:
    """Does as a destination that deduplicates by the primary key."""
    for record in records:
        if record.get("_ab_cdc_deleted_at"):
            assert record["erased"]
            del table[record["id"]]
        else:
            table[record["id"]] = as_loaded(record)


def expected(ledger: Ledger) -> dict[str, tuple[Any, ...]]:
    return {id_: as_loaded(message) for id_, message in ledger.messages().items()}


def test_it_checks_the_connection(source: Callable[..., Said]) -> None:
    [result] = source("check").of("CONNECTION_STATUS")
    assert result["connectionStatus"]["status"] == "SUCCEEDED"


def test_it_discovers_the_feed_as_incremental_and_the_pages_as_not(
    source: Callable[..., Said],
) -> None:
    found = streams(source)
    assert found["messages"]["supported_sync_modes"] == ["full_refresh", "incremental"]
    assert found["messages"]["source_defined_primary_key"] == [["id"]]
    assert found["pages"]["supported_sync_modes"] == ["full_refresh"]


def test_it_loads_every_message_and_then_only_what_changed(
    source: Callable[..., Said], ledger: Ledger
) -> None:
    catalog = chosen(streams(source)["messages"])
    table: dict[str, tuple[Any, ...]] = {}
    said = source("read", catalog=catalog)
    assert len(said.records()) == COUNT
    upserted(table, said.records())
    assert table == expected(ledger)
    for change in (ledger.change, ledger.change):
        count = change().count
        said = source("read", catalog=catalog, state=said.state())
        assert len(said.records()) == count
        upserted(table, said.records())
        assert table == expected(ledger)
    assert source("read", catalog=catalog, state=said.state()).records() == []


def test_the_pages_are_walked_to_their_end(source: Callable[..., Said], ledger: Ledger) -> None:
    records = source("read", catalog=chosen(streams(source)["pages"])).records()
    assert len(records) == COUNT
    assert [as_loaded(record)[1:] for record in records] == [
        as_loaded(message)[1:] for message in ledger.messages().values()
    ]


def test_after_a_restore_it_fails_and_says_what_to_do(
    source: Callable[..., Said], ledger: Ledger
) -> None:
    catalog = chosen(streams(source)["messages"])
    state = source("read", catalog=catalog).state()
    with_store(ledger.server.store_url, lambda store: store.renew_epoch("another"))
    said = source("read", catalog=catalog, state=state)
    assert said.status != 0
    assert said.records() == []
    assert "load it anew" in json.dumps(said.of("TRACE"))

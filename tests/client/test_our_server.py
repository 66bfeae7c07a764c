"""The command against our own server, as against the original's double."""

import csv
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from pyarrow import parquet

from smsledger.client.file import verification
from smsledger.ledger import instant
from tests.making import PROGRAM, make_row
from tests.server import COMMAND, Server, smsledger

FIELDS = ("type", "deliveryStatus", "number", "body", "date", "network")


Export = Callable[..., Path]


@pytest.fixture
def export(server: Server, tmp_path: Path) -> Export:
    def export(*options: str, output: str = "out.ndjson", status: int = 0) -> Path:
        user, secret = server.auth
        asked = ("export", server.url, "--user", user, "--program", str(PROGRAM))
        file = tmp_path / output
        smsledger(*asked, "--output", str(file), *options, status=status, SMSLEDGER_SECRET=secret)
        return file

    return export


@pytest.fixture
def rows(server: Server) -> list[dict[str, Any]]:
    """1,200 messages, a few seconds apart, and one that is hard on a file."""
    begin = instant.now() - instant.DAY
    rows = [
        make_row(id=f"m-{n}", body=str(n), date=instant.render_micros(begin + n * instant.SECOND))
        for n in range(1200)
    ]
    rows.append(
        make_row(id="hard", type="MT", number="447700900123", body='=é👋,"\r\n', network="a, b")
    )
    assert server.post(rows).json()["data"]["accepted"] == len(rows)
    return rows


def plain(value: Any) -> Any:
    """A cell as the wire writes it."""
    return value.strftime("%Y-%m-%dT%H:%M:%S") if hasattr(value, "strftime") else value


def read(file: Path) -> list[tuple[Any, ...]]:
    """The messages of a file of any form, as tuples of the six fields."""
    match file.suffix:
        case ".ndjson":
            found = [json.loads(line) for line in file.read_text().splitlines()]
            return [tuple(each.values()) for each in found]
        case ".csv":
            with file.open(encoding="utf-8", newline="") as lines:
                cells = [tuple(row) for row in csv.reader(lines, strict=True)][1:]
            return [tuple(cell or None for cell in row) for row in cells]
        case ".parquet":
            found = parquet.read_table(file).to_pylist()
            return [tuple(map(plain, each.values())) for each in found]
    sheet = openpyxl.load_workbook(file).active
    cells = list(sheet.iter_rows(values_only=True))[1:]
    return [tuple(plain(openpyxl_text(cell)) for cell in row) for row in cells]


def openpyxl_text(cell: Any) -> Any:
    """XML has no carriage return of its own: the file has its escape, as Excel writes it."""
    return cell.replace("_x000D_", "\r") if isinstance(cell, str) else cell


@pytest.mark.parametrize("output", ["out.ndjson", "out.csv", "out.parquet", "out.xlsx"])
def test_every_format_holds_the_messages_of_a_walk(
    export: Export, server: Server, rows: list[dict[str, Any]], output: str
) -> None:
    file = export(output=output)
    walked = [tuple(each[name] for name in FIELDS) for each in server.walk(pageSize=500)]
    assert read(file) == walked
    assert verification.differences(file) == ()
    assert sorted(each.name for each in file.parent.glob(f"{output}*")) == [
        output,
        f"{output}.manifest.json",
    ]


def test_a_csv_for_excel_is_harmless(export: Export, rows: list[dict[str, Any]]) -> None:
    text = export("--excel", output="out.csv").read_bytes().decode()
    assert text.startswith("\ufefftype,deliveryStatus,")
    assert "\"'=é👋" in text


def test_everything_comes_out_as_it_went_in(export: Export, rows: list[dict[str, Any]]) -> None:
    messages = [json.loads(line) for line in export().read_text().splitlines()]
    assert len(messages) == len(rows)
    assert {message["body"] for message in messages} == {row["body"] for row in rows}


def test_filters_and_included_fields_are_the_server_s(
    export: Export, rows: list[dict[str, Any]]
) -> None:
    file = export(
        "--type", "MT", "--status", "Sent", "--network", "a, b", "--include", "id,gateway"
    )
    [message] = map(json.loads, file.read_text().splitlines())
    assert (message["id"], message["gateway"]) == ("hard", None)


def test_the_manifest_has_the_token_from_which_the_changes_go_on(
    export: Export, server: Server, rows: list[dict[str, Any]]
) -> None:
    said = json.loads(export().with_name("out.ndjson.manifest.json").read_text())
    server.post([make_row(id="later")])
    feed = f"{server.program_url}/changes?after={said['changes']}"
    page = httpx.get(feed, auth=server.auth, timeout=30).json()
    assert [each["id"] for each in page["data"]["messages"]] == ["later"]


def test_what_was_exported_can_be_imported(
    export: Export, rows: list[dict[str, Any]], empty_store_url: str, tmp_path: Path
) -> None:
    file = export(output="out.csv")
    made = smsledger(
        "import", str(file), "--program", str(PROGRAM), "--store", empty_store_url, "--json"
    )
    # Derived ids are not the server's own, so the same messages are new ones.
    assert json.loads(made)["accepted"] == len(rows)


def test_a_server_killed_in_the_middle_costs_nothing(server: Server, tmp_path: Path) -> None:
    """Kill -9 while a whole export is under way, and a start: the file is as if nothing was."""
    for part in range(6):
        body = "long " * 200
        server.post([make_row(id=f"{part}-{n}", body=f"{n} {body}") for n in range(4000)])
    user, secret = server.auth
    asked = ("export", server.url, "--user", user, "--program", str(PROGRAM), "--output")
    file = tmp_path / "out.ndjson"
    running = subprocess.Popen(
        [*COMMAND, *asked, file], env={**os.environ, "SMSLEDGER_SECRET": secret}
    )
    spool = tmp_path / "out.ndjson.part"
    while running.poll() is None and not (spool.exists() and spool.stat().st_size):
        time.sleep(0.002)
    server.kill()
    server.start()
    assert running.wait(timeout=60) == 0
    walked = [tuple(each.values()) for each in server.walk(pageSize=500)]
    assert len(walked) == 24_000
    assert read(file) == walked
    assert verification.differences(file) == ()


def test_a_wrong_secret_is_told_and_nothing_is_left(server: Server, tmp_path: Path) -> None:
    asked = ("export", server.url, "--user", server.auth[0], "--program", str(PROGRAM))
    file = tmp_path / "out.csv"
    smsledger(*asked, "--output", str(file), status=1, SMSLEDGER_SECRET="wrong")
    assert list(tmp_path.glob("out.csv*")) == []

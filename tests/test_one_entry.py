"""A filter and a field are one entry each: a copy of the package with one more of both has them."""

import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

import smsledger
from tests.making import PROGRAM, make_row
from tests.server import Server
from tests.server import smsledger as run

FILTER = """
    gateways: Annotated[
        tuple[str | None, ...],
        Filter(
            parameter="gateway",
            column="gateway",
            kind=names("gateways"),
            description="One exact gateway.",
            option="--gateway",
            metavar="NAME",
            help="Only this gateway.",
            label="Gateway",
        ),
    ] = ()
"""
FIELD = """
    Field(
        name="firstSeen",
        column="first_seen",
        description="When the ledger first saw it.",
        kind="moment",
        label="First seen",
    ),
"""
MICROS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")


@pytest.fixture
def extended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are started import a copy of the package with the two entries."""
    package = tmp_path / "extended" / "smsledger"
    shutil.copytree(Path(smsledger.__file__).parent, package)
    insert(package / "ledger/filters.py", FILTER, before="\n    def __post_init__")
    insert(package / "ledger/fields.py", FIELD, before=")\nSTANDARD")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setenv("PYTHONSAFEPATH", "1")  # or the working directory would come first


def insert(file: Path, entry: str, before: str) -> None:
    head, tail = file.read_text().split(before)
    file.write_text(f"{head}{entry.lstrip(chr(10))}{before}{tail}")


@pytest.fixture
def server(extended: None, store_url: str) -> Iterator[Server]:
    """A server of the copy, with two messages of one gateway and one of none between them."""
    running = Server(store_url)
    gateways = ("kannel", None, "kannel")
    rows = [make_row(id=f"m-{n}", gateway=gateway) for n, gateway in enumerate(gateways)]
    assert running.post(rows).status_code == 200
    yield running
    running.kill()


def ids(server: Server, **parameters: Any) -> list[str]:
    return [message["id"] for message in server.walk(include="id", pageSize=1, **parameters)]


def test_both_engines_filter_by_the_entry_and_the_walk_keeps_it(server: Server) -> None:
    too_many = server.get(gateway=[f"g{n}" for n in range(51)]).json()
    assert "gateway: at most 50 gateways " in too_many["meta"]["generalErrors"][0]["message"]
    assert ids(server, gateway="kannel") == ["m-0", "m-2"]
    assert ids(server, gateway=["kannel", ""]) == ["m-0", "m-1", "m-2"]
    assert ids(server, gateway="") == ["m-1"]
    url = server.get(gateway="kannel", pageSize=1).json()["meta"]["nextPageUrl"]
    assert "&gateway=kannel&" in url
    other = httpx.get(url.replace("gateway=kannel", "gateway=x"), auth=server.auth)
    [problem] = other.json()["meta"]["generalErrors"]
    assert problem["message"] == "gateway is not what this walk began with."


def test_both_engines_include_the_field_in_pages_exports_and_the_feed(server: Server) -> None:
    [first, *_] = server.get(include="firstSeen").json()["data"]["messages"]
    assert MICROS.fullmatch(first["firstSeen"])
    for path in ("/export", "/changes"):
        url = f"{server.program_url}{path}?include=firstSeen"
        assert first["firstSeen"] in httpx.get(url, auth=server.auth).text


@pytest.mark.engines("sqlite")
def test_the_command_line_lists_both_and_files_have_them(server: Server, tmp_path: Path) -> None:
    usage = run("export", "--help", COLUMNS="200")
    assert re.search(r"--gateway +NAME +Only this gateway\.", usage)
    assert "gateway, firstSeen." in usage
    user, secret = server.auth
    place = ("export", server.url, "--user", user, "--program", str(PROGRAM), "--quiet")
    what = ("--gateway", "kannel", "--include", "id,firstSeen", "--from", "2014-01-01")
    for name in ("m.csv", "m.parquet"):
        run(*place, *what, "--output", str(tmp_path / name), SMSLEDGER_SECRET=secret)
    with (tmp_path / "m.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["m-0", "m-2"]
    assert all(MICROS.fullmatch(row["firstSeen"]) for row in rows)
    schema = parquet.read_schema(tmp_path / "m.parquet")
    assert schema.field("firstSeen").type == pa.timestamp("us", "UTC")


@pytest.mark.engines("sqlite")
def test_the_document_of_the_api_describes_both(server: Server) -> None:
    document = httpx.get(f"{server.url}/openapi.json").json()
    components = document["components"]
    assert components["parameters"]["gateway"]["description"] == "One exact gateway."
    assert "firstSeen" in components["parameters"]["include"]["description"]
    for schema in ("Message", "Change"):
        told = components["schemas"][schema]["properties"]["firstSeen"]
        assert told == {"type": "string", "description": "When the ledger first saw it."}
    page = document["paths"]["/api/messages/program/{programId}"]["get"]
    assert {"$ref": "#/components/parameters/gateway"} in page["parameters"]


@pytest.mark.engines("sqlite")
def test_the_console_asks_for_the_filter_and_shows_the_field(server: Server) -> None:
    user, secret = server.auth
    with httpx.Client(base_url=server.url, follow_redirects=True) as browser:
        csrf = re.findall(r'name="csrf" value="([^"]+)"', browser.get("/sign-in").text)[0]
        form = {"csrf": csrf, "username": user, "secret": secret}
        assert browser.post("/sign-in", data=form).status_code == 200
        report = browser.get(f"/programs/{PROGRAM}?gateway=kannel").text
        message = browser.get(f"/programs/{PROGRAM}/message?id=m-0").text
    assert '<label for="gateway">Gateway</label>' in report
    assert re.search(r'<input id="gateway" name="gateway"[^>]* value="kannel"', report)
    assert "--gateway=kannel" in report
    assert "export?format=csv&amp;gateway=kannel" in report
    assert report.count('<td data-label="Message"') == 2
    assert "<dt>First seen</dt>" in message


def test_tables_of_the_client_have_a_column_for_the_field(extended: None) -> None:
    program = (
        "from smsledger.client.database.targets import layout\n"
        "from smsledger.client.python import tables\n"
        "print(tables.columns('firstSeen')[-1], layout.COLUMNS['first_seen'])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "first_seen timestamp\n"

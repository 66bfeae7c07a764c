"""The command against our own server, as against the original's double."""

import csv
import json

import pytest

from smsledger import instant
from tests.making import PROGRAM, make_row
from tests.server import smsledger


@pytest.fixture
def export(server, tmp_path):
    def export(*options, output="out.ndjson", status=0):
        user, secret = server.auth
        asked = ("export", server.url, "--user", user, "--program", str(PROGRAM))
        file = tmp_path / output
        smsledger(*asked, "--output", str(file), *options, status=status, SMSLEDGER_SECRET=secret)
        return file

    return export


@pytest.fixture
def rows(server):
    """1,200 messages, a few seconds apart, and one that is hard on a file."""
    begin = instant.now() - instant.DAY
    rows = [
        make_row(id=f"m-{n}", body=str(n), date=instant.render_micros(begin + n * instant.SECOND))
        for n in range(1200)
    ]
    rows.append(
        make_row(id="hard", type="MT", number="447700900123", body='é👋,"\r\n', network="a, b")
    )
    assert server.post(rows).json()["data"]["accepted"] == len(rows)
    return rows


def test_everything_comes_out_as_it_went_in(export, rows):
    messages = [json.loads(line) for line in export().read_text().splitlines()]
    assert len(messages) == len(rows)
    assert {message["body"] for message in messages} == {row["body"] for row in rows}


def test_a_csv_file_reads_back(export, rows):
    with export(output="out.csv").open(newline="") as file:
        messages = list(csv.DictReader(file))
    assert len(messages) == len(rows)
    assert {message["body"] for message in messages} == {row["body"] for row in rows}


def test_filters_and_included_fields_are_the_server_s(export, rows):
    file = export(
        "--type", "MT", "--status", "Sent", "--network", "a, b", "--include", "id,gateway"
    )
    [message] = map(json.loads, file.read_text().splitlines())
    assert (message["id"], message["gateway"]) == ("hard", None)


def test_what_was_exported_can_be_imported(export, rows, empty_store_url, tmp_path):
    file = export(output="out.csv")
    made = smsledger(
        "import", str(file), "--program", str(PROGRAM), "--store", empty_store_url, "--json"
    )
    # Derived ids are not the server's own, so the same messages are new ones.
    assert json.loads(made)["accepted"] == len(rows)


def test_a_wrong_secret_is_told_and_nothing_is_left(server, tmp_path):
    asked = ("export", server.url, "--user", server.auth[0], "--program", str(PROGRAM))
    file = tmp_path / "out.csv"
    smsledger(*asked, "--output", str(file), status=1, SMSLEDGER_SECRET="wrong")
    assert list(tmp_path.glob("out.csv*")) == []

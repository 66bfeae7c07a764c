"""The command as the shell starts it: usage, the secret, kill -9."""

import contextlib
import io
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smsledger.cli import app
from tests.client.conftest import Export, Start
from tests.client.original import Original

from .conftest import SECRET, USER
from .original import make_message


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--from", "yesterday"), "--from"),
        (("--to", "2014-02-30"), "--to"),
        (("--from", "2014-12-31", "--to", "2014-12-01"), "--from"),
        (("--page-size", "501"), "--page-size"),
        (("--page-size", "0"), "--page-size"),
        (("--type", "SMS"), "--type"),
        (("--include", "id,ids"), "--include"),
        (("--user", "a:b"), "--user"),
        (("--program", "summer"), "--program"),
        (("--secret", "x"), "--secret"),
        (("--retries", "-1"), "--retries"),
        (("--mode", "0777"), "--mode"),
        (("--mode", "0400"), "--mode"),
        (("--mode", "rw-r-----"), "--mode"),
    ],
)
def test_wrong_usage_names_the_option(
    original: Original, export: Export, options: tuple[str, ...], named: str
) -> None:
    result = export(*options)
    assert result.exit_code == 2
    assert named in result.output
    assert original.asked == []


FOLLOW = ("http://127.0.0.1:1", "--user", USER, "--program", "121811")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((), "--output"),
        (("--output", "out.csv"), "--output"),
        (("--output", "duckdb:out.duckdb"), "--output"),
        (("--output", "duckdb:///out.duckdb", "--look-back", "soon"), "--look-back"),
        (("--output", "duckdb:///out.duckdb", "--mode", "0777"), "--mode"),
        (("--output", "duckdb:///out.duckdb", "--user", "a:b"), "--user"),
        (("--output", "duckdb:///out.duckdb", "--type", "MO"), "--type"),
    ],
)
def test_wrong_usage_of_follow_and_of_its_alias_names_the_option(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...], named: str
) -> None:
    monkeypatch.setenv("SMSLEDGER_SECRET", SECRET)
    monkeypatch.chdir(tmp_path)
    for words in (("follow", *FOLLOW), ("export", *FOLLOW, "--follow")):
        result = CliRunner().invoke(app, [*words, *options])
        assert result.exit_code == 2
        assert named in result.output


@pytest.mark.parametrize("output", ["out.xls", "out", "missing/out.csv"])
def test_a_file_that_cannot_be_written_is_wrong_usage(export: Export, output: str) -> None:
    result = export(output=output)
    assert result.exit_code == 2
    assert "--output" in result.output


def test_an_address_with_a_secret_is_wrong_usage(export: Export) -> None:
    result = export(url="http://etl:hush@127.0.0.1:1")
    assert result.exit_code == 2
    assert "SMSLEDGER_SECRET" in result.output
    assert "hush" not in result.output


@pytest.mark.parametrize("secret", ["", "\udcff"])
def test_without_a_secret_and_a_terminal_it_is_wrong_usage(
    export: Export, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("SMSLEDGER_SECRET", secret)
    result = export()
    assert result.exit_code == 2
    assert "SMSLEDGER_SECRET" in result.output


def test_the_secret_is_asked_for_at_a_terminal_and_not_shown(
    original: Original, start: Start, tmp_path: Path
) -> None:
    process = start(tmp_path / "out.csv", secret=None, terminal=True)
    shown = b""
    while f"Secret of {USER}: ".encode() not in shown:
        assert isinstance(process.stdout, io.BufferedReader)
        shown += process.stdout.read1()
    rest, _ = process.communicate(f"{SECRET}\n".encode())
    assert process.returncode == 0
    assert SECRET.encode() not in shown + rest
    assert set(original.credentials) == {f"{USER}:{SECRET}"}


def test_a_terminal_shows_the_messages_so_far(
    original: Original, start: Start, tmp_path: Path
) -> None:
    original.messages = [make_message(serial) for serial in range(8)]
    original.delay = 0.1
    shown, _ = start(tmp_path / "out.csv", "--page-size", "2", terminal=True).communicate()
    assert b"6 messages" in shown
    assert b"8 messages in" in shown


def test_a_full_disk_fails_and_can_be_gone_on_from(
    original: Original, start: Start, tmp_path: Path
) -> None:
    original.messages = [make_message(serial, body="long " * 400) for serial in range(100)]
    undisturbed, output = tmp_path / "undisturbed.csv", tmp_path / "out.csv"
    start(undisturbed, "--page-size", "5").communicate()
    full = start(output, "--page-size", "5", preexec_fn=limit_files)
    assert b"Error: [Errno 27] File too large" in full.communicate()[0]
    assert full.returncode == 1
    start(output, "--page-size", "5").communicate()
    assert output.read_bytes() == undisturbed.read_bytes()


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_an_interrupted_export_goes_on(original: Original, start: Start, tmp_path: Path) -> None:
    original.messages = [make_message(serial) for serial in range(300)]
    original.delay = 0.05
    process = start(tmp_path / "out.csv", "--page-size", "2")
    wait_for_a_page(original, process)
    time.sleep(0.15)
    process.send_signal(signal.SIGINT)
    assert b"Error: interrupted; the same command goes on" in process.communicate()[0]
    assert process.returncode == 1
    original.delay = 0
    assert b"going on after" in start(tmp_path / "out.csv", "--page-size", "2").communicate()[0]
    assert len((tmp_path / "out.csv").read_bytes().splitlines()) == 301


def test_killed_at_random_moments_nothing_is_lost_or_doubled(
    original: Original, start: Start, tmp_path: Path
) -> None:
    original.messages = [make_message(serial, body="long " * 400) for serial in range(400)]
    undisturbed, output = tmp_path / "undisturbed.ndjson", tmp_path / "out.ndjson"
    start(undisturbed, "--page-size", "5").communicate()
    original.delay = 0.01
    kills = 0
    while not output.exists():
        process = start(output, "--page-size", "5")
        wait_for_a_page(original, process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=random.uniform(0.0, 0.6))  # noqa: S311 (no secret)
        process.kill()
        process.communicate()
        kills += process.returncode != 0
    assert kills > 0
    assert output.read_bytes() == undisturbed.read_bytes()


def wait_for_a_page(original: Original, process: subprocess.Popen[bytes]) -> None:
    original.asked.clear()
    while not original.asked and process.poll() is None:
        time.sleep(0.01)

"""Every file that a command makes is its owner's alone, whatever the shell's umask is."""

import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.making import PROGRAM, make_row
from tests.outermost.conftest import Serve
from tests.server import COMMAND, Server, free_port, smsledger

OUTPUTS = ("out.ndjson", "out.parquet", "duckdb:///{}/out.duckdb")


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """As most systems have it: files that a program makes are readable for everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The permissions of all files in a folder, by name."""
    files = [path for path in folder.iterdir() if path.is_file()]
    return {path.name: f"{stat.S_IMODE(path.stat().st_mode):04o}" for path in sorted(files)}


def export(server: Server, output: Path | str, *options: str) -> None:
    user, secret = server.auth
    asked = ("--user", user, "--program", str(PROGRAM), "--output", str(output), *options)
    smsledger("export", server.url, *asked, SMSLEDGER_SECRET=secret)


@pytest.mark.engines("sqlite")
def test_a_ledger_its_side_files_and_its_copies_are_the_owner_s_alone(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    ledger = ("--store", f"sqlite:///{folder}/ledger.db")
    smsledger("migrate", *ledger)
    named = ("--name", "Sale", "--type", "Text to Join", "--campaign", "Default")
    smsledger("program", "create", "--id", str(PROGRAM), *named, *ledger)
    (rows := folder / "rows.ndjson").write_text("{}\n")
    rows.chmod(0o600)
    smsledger("import", str(rows), "--program", str(PROGRAM), *ledger, status=3)
    smsledger("backup", str(folder / "backup.db"), *ledger)
    smsledger("copy", ledger[1], f"sqlite:///{folder}/copy.db")
    made = modes(folder)
    assert {"ledger.db", "backup.db", "copy.db", "rows.ndjson.rejected.ndjson"} <= set(made)
    assert set(made.values()) == {"0600"}


@pytest.mark.engines("sqlite")
def test_a_running_ledger_s_log_and_every_export_are_the_owner_s_alone(
    serve: Serve, ledger_url: str, tmp_path: Path
) -> None:
    (tmp_path / "ledger.db").chmod(0o600)
    server, folder = serve(), tmp_path / "exports"
    folder.mkdir()
    server.post([make_row()])
    for output in OUTPUTS:
        export(server, output.format(folder) if "://" in output else folder / output)
    made = modes(folder) | modes(tmp_path)
    assert {"ledger.db-wal", "out.parquet", "out.ndjson.manifest.json", "out.duckdb"} <= set(made)
    assert set(made.values()) == {"0600"}


@pytest.mark.engines("postgres")
def test_a_dump_of_postgresql_is_the_owner_s_alone(ledger_url: str, tmp_path: Path) -> None:
    smsledger("backup", str(tmp_path / "ledger.dump"), "--store", ledger_url)
    assert modes(tmp_path) == {"ledger.dump": "0600"}


@pytest.mark.engines("sqlite")
def test_an_export_for_a_group_is_readable_for_the_group(serve: Serve, tmp_path: Path) -> None:
    server, folder = serve(), tmp_path / "exports"
    folder.mkdir()
    export(server, folder / "out.csv", "--mode", "0640")
    export(server, f"duckdb:///{folder}/out.duckdb", "--mode", "0640")
    assert set(modes(folder).values()) == {"0640"}


def log_of_start(store_url: str, run: Callable[..., subprocess.Popen[str]]) -> list[dict[str, Any]]:
    """What `serve` logs until it listens."""
    options = ("--store", store_url, "--port", str(free_port()))
    serving = run(*COMMAND, "serve", *options, stderr=subprocess.PIPE)
    assert serving.stderr is not None
    events = [json.loads(next(serving.stderr))]
    while events[-1]["event"] != "listening":
        events.append(json.loads(next(serving.stderr)))
    return events


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("folder", "file", "warned"),
    [
        (0o755, 0o644, ["0644"]),
        (0o700, 0o644, []),
        (0o755, 0o600, []),
    ],
)
def test_serve_warns_of_a_ledger_that_other_users_can_read(
    ledger_url: str,
    run: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    folder: int,
    file: int,
    warned: list[str],
) -> None:
    with open_folder() as place:
        shutil.copy(tmp_path / "ledger.db", place / "ledger.db")
        (place / "ledger.db").chmod(file)
        place.chmod(folder)
        events = log_of_start(f"sqlite:///{place}/ledger.db", run)
    assert [event["mode"] for event in events if event["event"] == "ledger_readable"] == warned


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that everybody can get to; those of pytest are private."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


# Replaces both programs that the demo calls: only the files that its shell makes matter here.
STUB = """#!/bin/sh
case $1 in
serve) exec sleep 60 ;;
export) : > demo/messages.csv ;;
esac
"""


def test_the_demo_s_credential_and_log_are_the_owner_s_alone(tmp_path: Path) -> None:
    (commands := tmp_path / ".venv/bin").mkdir(parents=True)
    for name in ("smsledger", "python"):
        (commands / name).write_text(STUB)
        (commands / name).chmod(0o755)
    demo = ["sh", str(ROOT / "scripts/demo")]
    subprocess.run(demo, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert modes(tmp_path / "demo") == {
        "credential.json": "0600",
        "messages.csv": "0600",
        "server.log": "0600",
    }

"""Every file that a command makes is its owner's alone, whatever the shell's umask is."""

import os
import stat
from pathlib import Path

import pytest

from tests.making import PROGRAM, make_row
from tests.server import smsledger

OUTPUTS = ("out.ndjson", "out.csv", "out.parquet", "out.xlsx", "duckdb:///{}/out.duckdb")


@pytest.fixture(autouse=True)
def _open_umask():
    """As most systems have it: files that a program makes are readable for everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The permissions of all files in a folder, by name."""
    files = [path for path in folder.iterdir() if path.is_file()]
    return {path.name: f"{stat.S_IMODE(path.stat().st_mode):04o}" for path in sorted(files)}


def export(server, output, *options):
    user, secret = server.auth
    asked = ("--user", user, "--program", str(PROGRAM), "--output", str(output), *options)
    smsledger("export", server.url, *asked, SMSLEDGER_SECRET=secret)


@pytest.mark.xfail(strict=True, reason="files get the umask of the shell: 0644")
@pytest.mark.engines("sqlite")
def test_a_ledger_its_side_files_and_its_copies_are_the_owner_s_alone(tmp_path):
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


@pytest.mark.xfail(strict=True, reason="files get the umask of the shell: 0644")
@pytest.mark.engines("sqlite")
def test_a_running_ledger_s_log_and_every_export_are_the_owner_s_alone(serve, ledger_url, tmp_path):
    (tmp_path / "ledger.db").chmod(0o600)
    server, folder = serve(), tmp_path / "exports"
    folder.mkdir()
    server.post([make_row()])
    for output in OUTPUTS:
        export(server, output.format(folder) if "://" in output else folder / output)
    made = modes(folder) | modes(tmp_path)
    assert {"ledger.db-wal", "out.parquet", "out.csv.manifest.json", "out.duckdb"} <= set(made)
    assert set(made.values()) == {"0600"}


@pytest.mark.xfail(strict=True, reason="files get the umask of the shell: 0644")
@pytest.mark.engines("postgres")
def test_a_dump_of_postgresql_is_the_owner_s_alone(ledger_url, tmp_path):
    smsledger("backup", str(tmp_path / "ledger.dump"), "--store", ledger_url)
    assert modes(tmp_path) == {"ledger.dump": "0600"}

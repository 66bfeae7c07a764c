"""The sqlite3 shell and ADBC on the ledger's file."""

import shutil
from pathlib import Path

from adbc_driver_sqlite import dbapi

from bench import direct
from bench.direct import Direct
from bench.ledger import PROGRAM, Ledger
from smsledger.store.sqlite.connection import path_of

_OF_PROGRAM = f"FROM message WHERE program_id = {PROGRAM} ORDER BY date, serial"
_LINES = f"SELECT CAST(fragment || x'0a' AS BLOB) {_OF_PROGRAM}"


def of(ledger: Ledger) -> Direct:
    """The peers of whole exports on SQLite.

    Raises:
        FileNotFoundError: there is no shell.
    """
    shell, file = shutil.which("sqlite3"), str(path_of(ledger.url))
    if shell is None:
        raise FileNotFoundError("the sqlite3 shell is not installed")
    return Direct(
        dump=(shell, "-readonly", file, f"SELECT fragment {_OF_PROGRAM}"),
        dump_name="the sqlite3 shell",
        dump_at_least=0.6,
        write_parquet=lambda target: _write(file, target),
    )


def _write(file: str, target: Path) -> None:
    options = {"adbc.sqlite.query.batch_rows": str(direct.ROWS)}
    with dbapi.connect(file) as connection, connection.cursor(adbc_stmt_kwargs=options) as cursor:
        cursor.execute(_LINES)
        direct.write(cursor.fetch_record_batch(), target)

"""psql and ADBC on the ledger's database."""

import shutil
from pathlib import Path

from adbc_driver_postgresql import dbapi

from bench import direct
from bench.direct import Direct
from bench.ledger import PROGRAM, Ledger

_OF_PROGRAM = f"FROM message WHERE program_id = {PROGRAM} ORDER BY date, serial"
# As CSV with a delimiter and a quote that JSON cannot have: the text format doubles backslashes.
_COPY = f"""
COPY (SELECT convert_from(fragment, 'UTF8') {_OF_PROGRAM})
TO STDOUT (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')
"""
_LINES = f"SELECT fragment || '\\x0a'::bytea {_OF_PROGRAM}"


def of(ledger: Ledger) -> Direct:
    """The peers of whole exports on PostgreSQL.

    Raises:
        FileNotFoundError: there is no psql.
    """
    psql = shutil.which("psql")
    if psql is None:
        raise FileNotFoundError("PostgreSQL's psql is not installed")
    return Direct(
        dump=(psql, "--no-psqlrc", "--quiet", "--command", _COPY, ledger.url),
        dump_name="psql's COPY",
        dump_at_least=0.7,
        write_parquet=lambda target: _write(ledger.url, target),
    )


def _write(url: str, target: Path) -> None:
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(_LINES)
        direct.write(cursor.fetch_record_batch(), target)

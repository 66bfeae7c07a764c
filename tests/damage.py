"""Damage as disks do it: bytes that change where nobody wrote."""

from contextlib import closing
from pathlib import Path

import apsw

from smsledger.store.engine import engine_of
from tests.databases import execute

TEXT = "This is complete message Body"
CHANGED = TEXT.replace("complete", "completf")
_UPDATE = f"""UPDATE message SET
    fragment = convert_to(replace(convert_from(fragment, 'UTF8'), '{TEXT}', '{CHANGED}'), 'UTF8')"""


def change_a_byte(url: str) -> None:
    """Change one byte in the stored text of every message: in the file, or by SQL."""
    if engine_of(url) == "postgres":
        execute(url, _UPDATE)
        return
    file = _settled(url)
    before = file.read_bytes()
    after = before.replace(TEXT.encode(), CHANGED.encode())
    assert after != before
    file.write_bytes(after)


def _settled(url: str) -> Path:
    """The ledger's file, with everything from its write-ahead log in it."""
    file = url.removeprefix("sqlite:///")
    with closing(apsw.Connection(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Path(file)

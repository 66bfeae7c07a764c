"""Ledgers on the disk, which no process has open."""

import asyncio
from contextlib import closing

import apsw

from smsledger.store import open_store
from tests.making import PROGRAM, make_program
from tests.server import ledger_file

_IN_ORDER = "SELECT id, serial FROM message WHERE program_id = ? ORDER BY date, serial"


def add_program(url: str) -> None:
    """Give an empty ledger its program."""

    async def add() -> None:
        store = open_store(url)
        await store.create_program(make_program())
        await store.close()

    asyncio.run(add())


def serials_of(url: str) -> dict[str, int]:
    """The serials of all messages by id, in the order of walks; each id is there once."""
    file = str(ledger_file(url))
    with closing(apsw.Connection(file, flags=apsw.SQLITE_OPEN_READONLY)) as ledger:
        rows = ledger.execute(_IN_ORDER, (PROGRAM,)).fetchall()
    serials = dict(rows)
    assert len(serials) == len(rows)
    return serials

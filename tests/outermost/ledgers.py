"""Ledgers on the disk, which no process has open."""

import asyncio

from smsledger.store import open_store
from tests.databases import execute
from tests.making import PROGRAM, make_program

_IN_ORDER = f"SELECT id, serial FROM message WHERE program_id = {PROGRAM} ORDER BY date, serial"


def add_program(url: str) -> None:
    """Give an empty ledger its program."""

    async def add() -> None:
        store = await open_store(url)
        await store.create_program(make_program())
        await store.close()

    asyncio.run(add())


def serials_of(url: str) -> dict[str, int]:
    """The serials of all messages by id, in the order of walks; each id is there once."""
    rows = execute(url, _IN_ORDER)
    serials = dict(rows)
    assert len(serials) == len(rows)
    return serials

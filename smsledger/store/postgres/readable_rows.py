"""Reads the rows of a damaged table that can be read, and lists what cannot be read.

A table is read by its blocks, which needs no index. A block that cannot be read is left out; if
its rows can be found, but what is too long for them is damaged elsewhere, only those are left out.
"""

from collections.abc import AsyncIterator, Callable

import asyncpg

from smsledger.store.postgres.connection import DAMAGED, Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.tables import Readable, Row, Table

# An impossible length, for example, or compressed data that is none.
UNREADABLE = (*DAMAGED, asyncpg.InternalServerError, UnicodeDecodeError)
BLOCKS = 256  # that are read at once, where nothing is damaged
MAX_ROWS = 300  # that a block of 8 KiB can hold; 291 by PostgreSQL's own count


async def read(
    connection: Connection, table: Table, program_id: int | None
) -> AsyncIterator[Readable]:
    """Yield all rows of the table, of one program if it belongs to programs, that can be read."""

    def about(sql: str) -> str:
        belonging = "" if program_id is None else f"program_id = {int(program_id)} AND"
        return sql.format(
            table=table.name,
            columns=", ".join(table.columns),
            key=", ".join(table.key),
            belonging=belonging,
        )

    blocks = await connection.fetchval(about(SQL.readable_blocks))
    for first in range(0, blocks, BLOCKS):
        async for step in _span(connection, table, about, first, min(first + BLOCKS, blocks)):
            yield step


async def _span(
    connection: Connection, table: Table, about: Callable[[str], str], first: int, end: int
) -> AsyncIterator[Readable]:
    """Yield what can be read of some blocks; where that fails, of each half of them."""
    try:
        rows = await connection.fetch(about(SQL.readable_between), (first, 0), (end, 0))
    except UNREADABLE:
        if end - first == 1:
            yield await _block(connection, table, about, first)
            return
        middle = (first + end) // 2
        for part in ((first, middle), (middle, end)):
            async for step in _span(connection, table, about, *part):
                yield step
    else:
        yield Readable(rows=[tuple(row) for row in rows])


async def _block(
    connection: Connection, table: Table, about: Callable[[str], str], block: int
) -> Readable:
    rows: list[Row] = []
    missing: list[dict[str, object]] = []
    for number in range(1, MAX_ROWS):
        place = (block, number)
        try:
            key = await connection.fetchrow(about(SQL.readable_key), place)
        except DAMAGED:
            return Readable(rows=[], missing=[{"block": block}])
        except UNREADABLE:
            missing.append({"block": block, "row": number})
            continue
        if key is None:
            continue
        try:
            rows += [tuple(row) for row in await connection.fetch(about(SQL.readable_at), place)]
        except UNREADABLE:
            missing.append(dict(zip(table.key, key, strict=True)))
    return Readable(rows=rows, missing=missing)

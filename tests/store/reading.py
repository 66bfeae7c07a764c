"""Looks into the ledger's tables, for what no method of the store shows yet."""

import apsw

from smsledger.store.sqlite.posting import hash_of
from smsledger.store.sqlite.queries import SQL
from tests.making import PROGRAM


async def rows(store, sql, values):
    def read(connection: apsw.Connection):
        cursor = connection.execute(sql, values)
        names = [column[0] for column in cursor.description] if values is not None else []
        return [dict(zip(names, row, strict=True)) for row in cursor]

    return await store._write(read)


async def message_of(store, message_id="m-1"):
    [row] = await rows(store, SQL.held, (PROGRAM, hash_of(message_id), message_id))
    return row


async def history_of(store, message_id="m-1"):
    message = await message_of(store, message_id)
    return await rows(store, SQL.history, (PROGRAM, message["serial"]))

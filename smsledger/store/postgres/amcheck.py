"""PostgreSQL's own check of tables and indexes: the extension amcheck, where it is there.

Source: https://www.postgresql.org/docs/current/amcheck.html
"""

import asyncpg

from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.tables import Integrity

NAME = "amcheck"
_MISSING = "the extension amcheck is not in the database (CREATE EXTENSION amcheck)"
_SPREAD = "the tables are on several machines: run pg_amcheck on each of them"
_DENIED = "the role may not run the functions of amcheck: {}"


async def integrity(connection: Connection) -> Integrity:
    """Check the tables that stand beside the messages, and their indexes; writers go on."""
    is_there, is_spread = await connection.fetchrow(SQL.has_amcheck)
    if not is_there or is_spread:
        return Integrity(checked_by=NAME, not_run=_SPREAD if is_spread else _MISSING)
    problems: list[str] = []
    try:
        for (table,) in await connection.fetch(SQL.checked_tables):
            rows = await connection.fetch(SQL.check_table, table)
            problems += [f"{table}: {message}" for (message,) in rows]
        for (index,) in await connection.fetch(SQL.checked_indexes):
            problems += await _problems_of_index(connection, index)
    except asyncpg.InsufficientPrivilegeError as error:
        return Integrity(checked_by=NAME, not_run=_DENIED.format(error.args[0]), problems=problems)
    return Integrity(checked_by=NAME, problems=problems)


async def _problems_of_index(connection: Connection, index: str) -> list[str]:
    try:
        await connection.execute(SQL.check_index, index)
    except (asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError) as error:
        return [f"{index}: {error.args[0]}"]
    return []

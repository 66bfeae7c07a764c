"""PostgreSQL's own check of tables and indexes: the extension amcheck, if it is installed.

Source: https://www.postgresql.org/docs/current/amcheck.html
"""

import asyncpg

from smsledger.store.postgres.connection import DAMAGED, Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.tables import Integrity

NAME = "amcheck"
_MISSING = "The extension is missing: run CREATE EXTENSION amcheck"
_SPREAD = "The tables are on several machines: run pg_amcheck on each of them"
_DENIED = "The role may not run the functions of amcheck: {}"


async def integrity(connection: Connection) -> Integrity:
    """Check the ledger's tables and their indexes; writers can go on."""
    is_there, is_spread = await connection.fetchrow(SQL.has_amcheck)
    if not is_there or is_spread:
        return Integrity(checked_by=NAME, not_run=_SPREAD if is_spread else _MISSING)
    problems: list[str] = []
    try:
        for (table,) in await connection.fetch(SQL.checked_tables):
            problems += await _problems(connection, SQL.check_table, table)
        for (index,) in await connection.fetch(SQL.checked_indexes):
            problems += await _problems(connection, SQL.check_index, index)
    except asyncpg.InsufficientPrivilegeError as error:
        return Integrity(checked_by=NAME, not_run=_DENIED.format(error.args[0]), problems=problems)
    return Integrity(checked_by=NAME, problems=problems)


async def _problems(connection: Connection, sql: str, name: str) -> list[str]:
    """Return what is wrong with a table or an index: rows of the check, or the error it ends with.

    A check of a table returns what it finds, but fails on a block that it cannot read; a check of
    an index returns nothing, and fails on everything.
    """
    try:
        messages = [message for (message,) in await connection.fetch(sql, name)]
    except DAMAGED as error:
        messages = [error.args[0]]
    return [f"{name}: {message}" for message in messages if message]

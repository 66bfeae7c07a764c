"""The tables of a ledger in a database, as rows; see `Tables` for what each method promises."""

# ruff: noqa: D102 (the protocol documents each method)

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from smsledger.errors import StoreDamaged
from smsledger.ledger import instant
from smsledger.store.postgres import amcheck, place, readable_rows
from smsledger.store.postgres.connection import Connection, connect, translated
from smsledger.store.postgres.queries import SQL
from smsledger.store.postgres.session import PostgresSession
from smsledger.store.tables import (
    COUNTER,
    MESSAGE,
    REFERENCE,
    Integrity,
    Key,
    Readable,
    Row,
    Snapshot,
    Standing,
    Table,
    Unfit,
    Writing,
    Written,
)
from smsledger.store.upkeep import counts


class PostgresTables:
    """The tables behind one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._copy_of: str | None = None

    @classmethod
    async def open(cls, url: str) -> "PostgresTables":
        """The tables of the ledger at a URL.

        Raises:
            Unavailable: it cannot be reached.
        """
        with translated():
            return cls(await connect(url))

    async def close(self) -> None:
        await self._connection.close()

    async def standing(self) -> Standing:
        [(epoch, copy_of, backup_at)] = await self._read(SQL.copy_standing)
        with translated():
            found = await place.find(self._connection)
            if backup_at is None and await place.displacement(self._connection):
                backup_at = instant.now()
        return Standing(
            place=f"{found.system_identifier}/{found.database_oid}",
            epoch=epoch,
            copy_of=copy_of,
            backup_at=backup_at,
        )

    async def snapshot(self) -> Snapshot:
        with translated():
            async with self._connection.transaction(isolation="repeatable_read", readonly=True):
                return Snapshot(
                    last_program_id=await self._connection.fetchval(SQL.copy_last_program_id),
                    counters=dict(await self._whole(COUNTER)),
                    reference={table.name: await self._whole(table) for table in REFERENCE},
                )

    async def rows(self, table: Table, program_id: int | None, after: Key, limit: int) -> list[Row]:
        if program_id is None:
            return await self._read(_about(SQL.copy_rows, table, 2), limit, *after)
        sql = _about(SQL.copy_program_rows, table, 3)
        return await self._read(sql, program_id, limit, *after)

    async def readable(self, table: Table, program_id: int | None) -> AsyncIterator[Readable]:
        with translated():
            async for step in readable_rows.read(self._connection, table, program_id):
                yield step

    async def changed(self, program_id: int, after: int, limit: int) -> list[Row]:
        return await self._read(_about(SQL.copy_changed, MESSAGE), program_id, after, limit)

    async def history(self, program_id: int, serials: list[int]) -> list[Row]:
        return await self._read(SQL.history, program_id, serials)

    async def under(self, program_id: int, ids: list[str]) -> list[Row]:
        return await self._read(SQL.keys_under, program_id, ids)

    async def count(self, program_id: int, after: int) -> int:
        [(found,)] = await self._read(SQL.copy_count, program_id, after)
        return int(found)

    async def integrity(self) -> Integrity:
        with translated():
            return await amcheck.integrity(self._connection)

    async def next_counted(self, program_id: int, at: int) -> int | None:
        [(found,)] = await self._read(SQL.next_counted, program_id, at)
        return None if found is None else int(found)

    async def differing_counts(self, program_id: int, start: int, end: int) -> list[Row]:
        return await self._read(SQL.differing_counts, program_id, start, end)

    async def counted_days(self, program_id: int) -> dict[int, int]:
        return dict(await self._read(SQL.counted_days, program_id))

    async def forget_damage(self) -> None:
        """Servers forget it when they are started again."""

    async def claim(self, epoch: str) -> None:
        self._copy_of = epoch

    async def write(self, writing: Writing) -> None:
        async with self._transaction(writing.program_id) as connection:
            if writing.counter is not None:
                await _count_on(connection, writing.program_id, *writing.counter)
            for table, keys in writing.gone:
                await _delete(connection, table, writing.program_id, keys)
            for table, rows in writing.rows:
                await _insert(connection, table, writing.program_id, rows)

    async def refer(self, snapshot: Snapshot) -> None:
        async with self._transaction() as connection:
            await connection.execute(SQL.copy_refer, snapshot.last_program_id)
            for table in reversed(REFERENCE):
                await connection.execute(_about(SQL.copy_clear, table))
            for table in REFERENCE:
                await _insert(connection, table, None, snapshot.reference[table.name])
            await connection.execute(SQL.copy_campaign_numbers)
            await connection.executemany(SQL.open_counter, [(each,) for each in snapshot.counters])

    async def seal(self, epoch: str, backup_at: int | None) -> None:
        async with self._transaction() as connection:
            await connection.execute(SQL.copy_unrouted_numbers)
            for program_id, _ in await self._whole(COUNTER):
                await counts.recount(PostgresSession(connection), program_id)
            await connection.execute(SQL.copy_analyze)
            await place.settle(connection)
            await connection.execute(SQL.copy_seal, epoch, backup_at)

    async def _read(self, sql: str, *values: Any) -> list[Row]:
        with translated():
            try:
                return [tuple(row) for row in await self._connection.fetch(sql, *values)]
            except asyncpg.InternalServerError as error:
                # Of a plain read: a row with an impossible length, for example.
                raise StoreDamaged(str(error)) from error

    async def _whole(self, table: Table) -> list[Row]:
        return await self._read(_about(SQL.copy_whole, table))

    @asynccontextmanager
    async def _transaction(self, program_id: int | None = None) -> AsyncIterator[Connection]:
        with translated():
            try:
                async with self._connection.transaction():
                    await self._connection.execute(SQL.copy_claim, self._copy_of)
                    yield self._connection
            except (
                asyncpg.DataError,
                asyncpg.IntegrityConstraintViolationError,
                asyncpg.InsufficientPrivilegeError,
            ) as error:
                raise Unfit(program_id, error.args[0]) from error


async def _count_on(connection: Connection, program_id: int | None, before: int, last: int) -> None:
    await connection.execute(SQL.open_counter, program_id)
    if await connection.fetchval(SQL.copy_count_on, program_id, before, last) is None:
        raise Written


async def _delete(
    connection: Connection, table: Table, program_id: int | None, keys: list[Key]
) -> None:
    if program_id is None:
        await connection.executemany(_about(SQL.copy_delete, table, 1), keys)
        return
    sql = _about(SQL.copy_program_delete, table, 2)
    await connection.executemany(sql, [(program_id, *key) for key in keys])


async def _insert(
    connection: Connection, table: Table, program_id: int | None, rows: list[Row]
) -> None:
    columns = table.columns
    if table.spread:
        columns, rows = ("program_id", *columns), [(program_id, *row) for row in rows]
    await connection.copy_records_to_table(table.name, records=rows, columns=columns)


def _about(sql: str, table: Table, first_mark: int = 1) -> str:
    marks = range(first_mark, first_mark + len(table.key))
    return sql.format(
        table=table.name,
        columns=", ".join(table.columns),
        key=", ".join(table.key),
        marks=", ".join(f"${number}" for number in marks),
    )

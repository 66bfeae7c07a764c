"""The tables of a ledger in a file, as rows; see `Tables` for what each method promises."""

# ruff: noqa: D102 (the protocol documents each method)

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import apsw

from smsledger.store.damage import Damage
from smsledger.store.sqlite.connection import connect, immediate, marker_of, translated
from smsledger.store.sqlite.posting import hash_of
from smsledger.store.sqlite.queries import SQL
from smsledger.store.sqlite.readable_rows import ReadableRows
from smsledger.store.sqlite.session import SqliteSession, completed
from smsledger.store.tables import (
    COUNTER,
    MESSAGE,
    ORPHAN,
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

T = TypeVar("T")
# Where an id has its hash beside it, for the index.
_HASHED = (MESSAGE, ORPHAN)


class SqliteTables:
    """The tables behind one connection, which one thread at a time uses."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._damage = Damage(marker_of(file))
        self._connection = connect(file)
        self._one_at_a_time = threading.Lock()
        self._copy_of: str | None = None

    async def close(self) -> None:
        await self._run(lambda connection: connection.close())

    async def standing(self) -> Standing:
        stat = self._file.stat()
        [(epoch, copy_of, backup_at)] = await self._read(SQL.copy_standing)
        place = f"{stat.st_dev}/{stat.st_ino}"
        return Standing(place=place, epoch=epoch, copy_of=copy_of, backup_at=backup_at)

    async def snapshot(self) -> Snapshot:
        return await self._run(_snapshot)

    async def rows(self, table: Table, program_id: int | None, after: Key, limit: int) -> list[Row]:
        values = (*after, limit) if program_id is None else (program_id, *after, limit)
        rows = await self._read(_sql(SQL.copy_rows, SQL.copy_program_rows, table), *values)
        return alike(table, rows)

    async def readable(self, table: Table, program_id: int | None) -> AsyncIterator[Readable]:
        readable = ReadableRows(self._connection, table, program_id)
        while (step := await self._run(lambda _connection: readable.step())) is not None:
            yield Readable(rows=alike(table, step.rows), missing=step.missing)

    async def changed(self, program_id: int, after: int, limit: int) -> list[Row]:
        rows = await self._read(_about(SQL.copy_changed, MESSAGE), program_id, after, limit)
        return alike(MESSAGE, rows)

    async def history(self, program_id: int, serials: list[int]) -> list[Row]:
        keys = [(program_id, serial) for serial in serials]
        return await self._run(
            lambda connection: connection.executemany(SQL.history, keys).fetchall()
        )

    async def under(self, program_id: int, ids: list[str]) -> list[Row]:
        keys = [(program_id, hash_of(each), each) for each in ids]
        return await self._run(
            lambda connection: connection.executemany(SQL.keys_under, keys).fetchall()
        )

    async def count(self, program_id: int, after: int) -> int:
        [(found,)] = await self._read(SQL.copy_count, program_id, after)
        return int(found)

    async def integrity(self) -> Integrity:
        problems = await self._run(_integrity)
        return Integrity(checked_by="PRAGMA integrity_check", problems=problems)

    async def next_counted(self, program_id: int, at: int) -> int | None:
        [(found,)] = await self._read(SQL.next_counted, program_id, at)
        return None if found is None else int(found)

    async def differing_counts(self, program_id: int, start: int, end: int) -> list[Row]:
        return await self._read(SQL.differing_counts, program_id, start, end)

    async def counted_days(self, program_id: int) -> dict[int, int]:
        return dict(await self._read(SQL.counted_days, program_id))

    async def forget_damage(self) -> None:
        self._damage.clear()

    async def claim(self, epoch: str) -> None:
        self._copy_of = epoch

    async def write(self, writing: Writing) -> None:
        await self._run(self._claimed, writing.program_id, _write, writing)

    async def refer(self, snapshot: Snapshot) -> None:
        await self._run(self._claimed, None, _refer, snapshot)

    async def seal(self, epoch: str, backup_at: int | None) -> None:
        await self._run(_seal, epoch, backup_at)

    async def _read(self, sql: str, *values: Any) -> list[Row]:
        return await self._run(lambda connection: connection.execute(sql, values).fetchall())

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.to_thread(self._translated, work, arguments)

    def _translated(self, work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        with self._one_at_a_time, translated(self._damage):
            return work(self._connection, *arguments)

    def _claimed(
        self,
        connection: apsw.Connection,
        program_id: int | None,
        work: Callable[[apsw.Connection, T], None],
        what: T,
    ) -> None:
        self._damage.require_none()
        try:
            with immediate(connection):
                connection.execute(SQL.copy_claim, (self._copy_of,))
                work(connection, what)
        except apsw.ConstraintError as error:
            raise Unfit(program_id, str(error)) from error


def _integrity(connection: apsw.Connection) -> list[str]:
    """What is wrong in the file. Where it is bad enough, the check itself fails in the middle."""
    found: list[str] = []
    try:
        for (lines,) in connection.execute(SQL.integrity):
            found += str(lines).splitlines()
    except apsw.CorruptError as error:
        found.append(str(error))
    return [] if found == ["ok"] else found


def _snapshot(connection: apsw.Connection) -> Snapshot:
    with connection:  # one transaction: all of it as of one moment
        last_program_id = connection.execute(SQL.copy_last_program_id).get
        counters: dict[int, int] = dict(_whole(connection, COUNTER))
        reference = {table.name: _whole(connection, table) for table in REFERENCE}
    return Snapshot(last_program_id=last_program_id, counters=counters, reference=reference)


def _whole(connection: apsw.Connection, table: Table) -> list[Row]:
    return alike(table, connection.execute(_about(SQL.copy_whole, table)).fetchall())


def _write(connection: apsw.Connection, writing: Writing) -> None:
    if writing.counter is not None:
        before, last = writing.counter
        connection.execute(SQL.open_counter, {"program_id": writing.program_id})
        connection.execute(SQL.copy_count_on, (last, writing.program_id, before))
        if not connection.changes():
            raise Written
    belonging = () if writing.program_id is None else (writing.program_id,)
    for table, keys in writing.gone:
        sql = _sql(SQL.copy_delete, SQL.copy_program_delete, table)
        connection.executemany(sql, ((*belonging, *key) for key in keys))
    for table, rows in writing.rows:
        connection.executemany(_insert(table), _complete(table, belonging, rows))


def _refer(connection: apsw.Connection, snapshot: Snapshot) -> None:
    connection.execute(SQL.copy_refer, (snapshot.last_program_id,))
    for table in reversed(REFERENCE):
        connection.execute(_about(SQL.copy_clear, table))
    for table in REFERENCE:
        connection.executemany(_insert(table), snapshot.reference[table.name])
    counters = ({"program_id": program_id} for program_id in snapshot.counters)
    connection.executemany(SQL.open_counter, counters)


def _seal(connection: apsw.Connection, epoch: str, backup_at: int | None) -> None:
    with immediate(connection):
        for program_id, _ in _whole(connection, COUNTER):
            completed(counts.recount(SqliteSession(connection), program_id))
        connection.execute(SQL.copy_seal, (epoch, backup_at))


def _sql(free: str, spread: str, table: Table) -> str:
    return _about(spread if table.spread else free, table)


def _about(sql: str, table: Table) -> str:
    return sql.format(
        table=table.name,
        columns=", ".join(table.columns),
        key=", ".join(table.key),
        marks=", ".join("?" * len(table.key)),
    )


def _insert(table: Table) -> str:
    columns = (
        *(("program_id",) if table.spread else ()),
        *table.columns,
        *(("id_hash",) if table in _HASHED else ()),
    )
    marks = ", ".join("?" * len(columns))
    sql: str = SQL.copy_insert.format(table=table.name, columns=", ".join(columns), marks=marks)
    return sql


def _complete(table: Table, belonging: Row, rows: list[Row]) -> Iterable[Row]:
    """The rows with the columns that the engine has beside those of all engines."""
    if table not in _HASHED:
        return ((*belonging, *row) for row in rows)
    at = table.columns.index("id")
    return ((*belonging, *row, hash_of(row[at])) for row in rows)


def alike(table: Table, rows: list[Row]) -> list[Row]:
    """The rows as every engine has them: SQLite has numbers for booleans."""
    if not table.flags:
        return rows
    places = [table.columns.index(name) for name in table.flags]
    return [_with_flags(row, places) for row in rows]


def _with_flags(row: Row, places: list[int]) -> Row:
    values = list(row)
    for place in places:
        values[place] = bool(values[place])
    return tuple(values)

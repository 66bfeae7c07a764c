"""Reads the rows of a damaged table that can be read, and lists the keys of the others.

An index holds the key of every row. So the keys that the table itself no longer gives are found in
its other indexes, and each row is then tried by its key.
"""

from collections.abc import Iterator
from itertools import islice

import apsw

from smsledger.store.sqlite.queries import SQL
from smsledger.store.tables import Key, Readable, Row, Table

STEP = 2000
WINDOW = 100  # keys whose rows are read at once; one by one where that fails
_KEY = 3  # the most columns that a table's key has


class ReadableRows:
    """The rows of a table, of one program if it belongs to programs, in the order of keys."""

    def __init__(self, connection: apsw.Connection, table: Table, program_id: int | None) -> None:
        self._connection = connection
        self._table = table
        self._belonging: Row = () if program_id is None else (program_id,)
        self._after = table.lowest
        self._by_key = False

    def step(self) -> Readable | None:
        """The next rows, or None after the last."""
        if not self._by_key:
            try:
                rows = self._select(SQL.readable_from, *self._after, STEP)
            except apsw.CorruptError:
                self._by_key = True
                self._collect_keys()
            else:
                return self._reached(rows, self._table.key_of(rows[-1])) if rows else None
        keys = self._next_keys()
        if not keys:
            return None
        try:
            rows = self._select(SQL.readable_between, *self._after, *keys[-1])
        except apsw.CorruptError:
            return self._one_by_one(keys)
        return self._reached(rows, keys[-1])

    def _one_by_one(self, keys: list[Key]) -> Readable:
        rows: list[Row] = []
        missing: list[dict[str, object]] = []
        for key in keys:
            found = self._at(key)
            rows += found
            if not found:
                missing.append(dict(zip(self._table.key, key, strict=True)))
        return self._reached(rows, keys[-1], missing)

    def _at(self, key: Key) -> list[Row]:
        try:
            return self._select(SQL.readable_at, *key)
        except apsw.CorruptError:
            return []

    def _reached(
        self, rows: list[Row], key: Key, missing: list[dict[str, object]] | None = None
    ) -> Readable:
        self._after = key
        return Readable(rows=rows, missing=missing or [])

    def _select(self, sql: str, *values: object) -> list[Row]:
        return self._connection.execute(self._about(sql), (*self._belonging, *values)).fetchall()

    def _about(self, sql: str, **what: str) -> str:
        belonging = "program_id = ? AND" if self._belonging else ""
        return sql.format(
            table=self._table.name,
            columns=", ".join(self._table.columns),
            key=", ".join(self._table.key),
            marks=", ".join("?" * len(self._table.key)),
            belonging=belonging,
            **what,
        )

    def _next_keys(self) -> list[Key]:
        keys = self._connection.execute(SQL.readable_next, (*_wide(self._after), WINDOW))
        return [key[: len(self._table.key)] for key in keys]

    def _collect_keys(self) -> None:
        """Find out which rows there are, from the table and from all its indexes together."""
        self._connection.execute(SQL.readable_make)
        self._connection.execute(SQL.readable_clear)
        for indexed, order in self._orders():
            for direction in ("", " DESC"):  # from both ends, to the damage
                ordered = ", ".join(f"{column}{direction}" for column in order)
                sql = self._about(SQL.readable_keys, indexed=indexed, order=ordered)
                keys = self._until_damage(sql)
                self._know(key for key in keys if _fits(key, self._table.lowest))

    def _until_damage(self, sql: str) -> Iterator[Key]:
        try:
            yield from self._connection.execute(sql, self._belonging)
        except apsw.CorruptError:
            return

    def _know(self, keys: Iterator[Key]) -> None:
        """Keep keys, some at a time: SQLite ends a transaction in which it meets damage."""
        while some := list(islice(keys, STEP)):
            with self._connection:
                self._connection.executemany(SQL.readable_know, map(_wide, some))

    def _orders(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The table's own order, then each index that has its keys, with the columns of that."""
        yield "NOT INDEXED", self._table.key
        for (name,) in self._connection.execute(
            SQL.readable_indexes, (self._table.name,)
        ).fetchall():
            columns = self._connection.execute(SQL.readable_columns, (name,)).fetchall()
            named = [str(column or self._table.key[0]) for column, _ in columns]
            order = tuple(column for column in named if column != "program_id")
            if set(self._table.key) <= set(named):
                yield f"INDEXED BY {name}", order


def _fits(key: Key, like: Key) -> bool:
    """Whether it can be a key: an index may be damaged in a way that its reader does not notice."""
    return all(type(value) is type(other) for value, other in zip(key, like, strict=True))


def _wide(key: Key) -> Row:
    return (*key, *(0,) * (_KEY - len(key)))

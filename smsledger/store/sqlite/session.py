"""A session on SQLite, which never suspends: its operations run by one step of their coroutine."""

import json
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import apsw

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome
from smsledger.store.consent import CodeWord, ConsentEvent
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.posting import Batch
from smsledger.store.session import Dangling, NotUnique, Row
from smsledger.store.sqlite import posting
from smsledger.store.sqlite.queries import SQL

T = TypeVar("T")
_UNIQUE = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY)
_FIELDS = {
    "campaign.name": "name",
    "program.id": "id",
    "program.name": "name",
    "program_keyword.short_code": "keywords",
    "program.short_code": "is_default",
    "credential.username": "username",
}


class SqliteSession:
    """Statements on a connection; see `Session`."""

    sign = "?"

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def rows(self, query: str, /, **values: Any) -> Sequence[Row]:
        return self._rows(query, values)

    async def row(self, query: str, /, **values: Any) -> Row | None:
        return next(iter(self._rows(query, values)), None)

    async def value(self, query: str, /, **values: Any) -> Any:
        found = self._rows(query, values)
        return next(iter(found[0].values())) if found else None

    async def run(self, query: str, /, **values: Any) -> None:
        self._execute(query, values)

    async def bulk(self, query: str, keys: Sequence[Row], /, **values: Any) -> Sequence[Row]:
        rows = (_encoded({**key, **values}) for key in keys)
        with _translated():
            return _rows_of(self._connection.executemany(getattr(SQL, query), rows))

    async def select(self, sql: str, values: Sequence[Any], /) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = self._connection.execute(sql, values).fetchall()
        return rows

    async def lock(self, program_id: int) -> None:
        """Nothing: a transaction that writes has the file's lock from its beginning."""

    async def lock_rows(self, query: str, /, **values: Any) -> None:
        """Nothing, as in `lock`."""

    async def code_facts(
        self, program_id: int, code_words: Iterable[tuple[str | None, str]]
    ) -> tuple[frozenset[str], frozenset[CodeWord]]:
        return posting.code_facts(self._connection, program_id, code_words)

    async def keep_events(self, program_id: int, events: Iterable[ConsentEvent]) -> None:
        posting.keep_events(self._connection, program_id, events)

    async def keep_counts(self, program_id: int, deltas: CountDeltas) -> None:
        posting.keep_counts(self._connection, program_id, deltas)

    async def keys_under(self, program_id: int, ids: list[str]) -> Sequence[Row]:
        keys = posting.keys_of(program_id, ids)
        return _rows_of(self._connection.executemany(SQL.keys_under, keys))

    async def delete_orphans_under(self, program_id: int, ids: list[str]) -> None:
        keys = posting.keys_of(program_id, ids)
        self._connection.executemany(SQL.delete_orphans_under, keys)

    async def delete_oldest(self, program_id: int, before: int, limit: int) -> Sequence[Row]:
        values = {"program_id": program_id, "before": before, "limit": limit}
        oldest = _rows_of(self._connection.execute(SQL.oldest_before, values))
        return await self.bulk("delete_message", oldest, program_id=program_id)

    async def post(self, program_id: int, batch: Batch, words: ConsentWords) -> list[Outcome]:
        return posting.post(self._connection, program_id, batch, words)

    async def displacement(self) -> None:
        """Nothing: a file does not know where it was."""

    async def settle(self) -> None:
        self._connection.execute(SQL.settle)

    def _rows(self, query: str, values: Row) -> list[Row]:
        return _rows_of(self._execute(query, values))

    def _execute(self, query: str, values: Row) -> apsw.Cursor:
        with _translated():
            return self._connection.execute(getattr(SQL, query), _encoded(values))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except apsw.ConstraintError as error:
        code = getattr(error, "extendedresult", 0)
        if code in _UNIQUE:
            raise NotUnique(_field_of(str(error))) from error
        if code == apsw.SQLITE_CONSTRAINT_FOREIGNKEY:
            raise Dangling from error
        raise


def completed(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of an operation on an `SqliteSession`."""
    try:
        work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    work.close()
    raise AssertionError("the operation awaited something other than its session")


def _encoded(values: Row) -> Row:
    """Return values as SQLite takes them: a list becomes JSON."""
    return {
        name: json.dumps(value) if isinstance(value, list) else value
        for name, value in values.items()
    }


def _rows_of(cursor: apsw.Cursor) -> list[Row]:
    try:
        columns = [column[0] for column in cursor.get_description()]
    except apsw.ExecutionCompleteError:  # there are no rows
        return []
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def _field_of(message: str) -> str:
    """Return which field a message `UNIQUE constraint failed: table.column, …` is about."""
    return _FIELDS.get(message.rpartition("failed: ")[2].partition(",")[0], "")

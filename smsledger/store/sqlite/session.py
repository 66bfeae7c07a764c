"""A session on SQLite, which never suspends: its operations run by one step of their coroutine."""

from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar

import apsw

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome, Unrouted
from smsledger.store.consent import Text
from smsledger.store.posting import Batch
from smsledger.store.session import Dangling, NotUnique, Row
from smsledger.store.sqlite import consent, counts, posting
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

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def rows(self, query: str, /, **values: Any) -> Sequence[Row]:
        """Return all rows of a query, in its order."""
        return self._rows(query, values)

    async def row(self, query: str, /, **values: Any) -> Row | None:
        """Return the first row of a query, or None."""
        return next(iter(self._rows(query, values)), None)

    async def value(self, query: str, /, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        found = self._rows(query, values)
        return next(iter(found[0].values())) if found else None

    async def run(self, query: str, /, **values: Any) -> None:
        """Run a statement that returns nothing."""
        self._execute(query, values)

    async def many(self, query: str, rows: Sequence[Row], /) -> None:
        """Run a statement once for each row of values."""
        for row in rows:
            self._execute(query, row)

    async def lock(self, program_id: int) -> None:
        """Nothing: a transaction that writes has the file's lock from its beginning."""

    async def note_keywords(self, codes: Iterable[str]) -> None:
        """Make a rebuild of consent due if any of the codes has events."""
        consent.note_keywords(self._connection, codes)

    async def remove_messages(self, program_id: int, before: int, limit: int) -> int:
        """Remove the oldest messages dated before the instant; return how many."""
        return counts.remove_old(self._connection, program_id, before, limit)

    async def post(self, program_id: int, batch: Batch, words: ConsentWords) -> list[Outcome]:
        """Post a batch into a program."""
        return posting.post(self._connection, program_id, batch, words)

    async def keep_texts(self, program_id: int, texts: list[Text], words: ConsentWords) -> None:
        """Store the consent events of texts."""
        consent.keep_texts(self._connection, program_id, texts, words)

    async def retract(self, message: Unrouted, words: ConsentWords) -> None:
        """Remove the consent events of an unrouted message that has found its program."""
        consent.retract(self._connection, message, words)

    def _rows(self, query: str, values: Row) -> list[Row]:
        cursor = self._execute(query, values)
        try:
            columns = [column[0] for column in cursor.get_description()]
        except apsw.ExecutionCompleteError:  # there are no rows
            return []
        return [dict(zip(columns, row, strict=True)) for row in cursor]

    def _execute(self, query: str, values: Row) -> apsw.Cursor:
        try:
            return self._connection.execute(getattr(SQL, query), values)
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
    raise AssertionError("it waited for something other than its session")


def _field_of(message: str) -> str:
    """Return which field a message `UNIQUE constraint failed: table.column, …` is about."""
    return _FIELDS.get(message.rpartition("failed: ")[2].partition(",")[0], "")

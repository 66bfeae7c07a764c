"""A session on PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import asyncpg

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome, Unrouted
from smsledger.store.consent import Text
from smsledger.store.postgres import consent, counts, posting
from smsledger.store.postgres.connection import WAIT_SECONDS, Connection
from smsledger.store.postgres.queries import NAMES, SQL
from smsledger.store.posting import Batch
from smsledger.store.session import Dangling, NotUnique, Row

_FIELDS = {
    "campaign_name_key": "name",
    "program_pkey": "id",
    "program_name_key": "name",
    "program_keyword_pkey": "keywords",
    "program_default": "is_default",
    "credential_pkey": "username",
}


class PostgresSession:
    """Statements on a connection; see `Session`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, query: str, /, **values: Any) -> Sequence[Row]:
        """Return all rows of a query, in its order."""
        with _translated():
            found: list[Row] = await self._connection.fetch(*_bound(query, values))
            return found

    async def row(self, query: str, /, **values: Any) -> Row | None:
        """Return the first row of a query, or None."""
        with _translated():
            found: Row | None = await self._connection.fetchrow(*_bound(query, values))
            return found

    async def value(self, query: str, /, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        with _translated():
            return await self._connection.fetchval(*_bound(query, values))

    async def run(self, query: str, /, **values: Any) -> None:
        """Run a statement that returns nothing."""
        with _translated():
            await self._connection.execute(*_bound(query, values))

    async def many(self, query: str, rows: Sequence[Row], /) -> None:
        """Run a statement once for each row of values."""
        if rows:
            with _translated():
                values = [[row[name] for name in NAMES[query]] for row in rows]
                await self._connection.executemany(getattr(SQL, query), values)

    async def lock(self, program_id: int) -> None:
        """Lock the program's counter until the transaction is over."""
        await self._connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)

    async def note_keywords(self, codes: Iterable[str]) -> None:
        """Make a rebuild of consent due if any of the codes has events."""
        await consent.note_keywords(self._connection, codes)

    async def remove_messages(self, program_id: int, before: int, limit: int) -> int:
        """Remove the oldest messages dated before the instant; return how many."""
        return await counts.remove_old(self._connection, program_id, before, limit)

    async def post(self, program_id: int, batch: Batch, words: ConsentWords) -> list[Outcome]:
        """Post a batch into a program."""
        begun = await posting.begin(self._connection, program_id, [batch], words)
        outcomes = batch.post(begun)
        await posting.write(self._connection, begun)
        return outcomes

    async def keep_texts(self, program_id: int, texts: list[Text], words: ConsentWords) -> None:
        """Store the consent events of texts."""
        await consent.keep_texts(self._connection, program_id, texts, words)

    async def retract(self, message: Unrouted, words: ConsentWords) -> None:
        """Remove the consent events of an unrouted message that has found its program."""
        await consent.retract(self._connection, message, words)


def _bound(query: str, values: dict[str, Any]) -> list[Any]:
    return [getattr(SQL, query), *(values[name] for name in NAMES[query])]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise NotUnique(_field_of(error.constraint_name or "")) from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Dangling from error


def _field_of(constraint: str) -> str:
    """Return which field a constraint is about; Citus puts a number behind its name."""
    found = (field for name, field in _FIELDS.items() if constraint.startswith(name))
    return next(found, "")

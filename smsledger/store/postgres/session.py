"""A session on PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import asyncpg

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome
from smsledger.store.consent import CodeWord, ConsentEvent
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.postgres import place, posting
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

    sign = "$"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, query: str, /, **values: Any) -> Sequence[Row]:
        with _translated():
            found: list[Row] = await self._connection.fetch(*_bound(query, values))
            return found

    async def row(self, query: str, /, **values: Any) -> Row | None:
        with _translated():
            found: Row | None = await self._connection.fetchrow(*_bound(query, values))
            return found

    async def value(self, query: str, /, **values: Any) -> Any:
        with _translated():
            return await self._connection.fetchval(*_bound(query, values))

    async def run(self, query: str, /, **values: Any) -> None:
        with _translated():
            await self._connection.execute(*_bound(query, values))

    async def bulk(self, query: str, keys: Sequence[Row], /, **values: Any) -> Sequence[Row]:
        if not keys:
            return []
        columns = {name: [key[name] for key in keys] for name in NAMES[query] if name not in values}
        return await self.rows(query, **columns, **values)

    async def select(self, sql: str, values: Sequence[Any], /) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = await self._connection.fetch(sql, *values)
        return rows

    async def lock(self, program_id: int) -> None:
        await self._connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)

    async def lock_rows(self, query: str, /, **values: Any) -> None:
        await self._connection.execute(*_bound(query, values), timeout=WAIT_SECONDS)

    async def code_facts(
        self, program_id: int, code_words: Iterable[tuple[str | None, str]]
    ) -> tuple[frozenset[str], frozenset[CodeWord]]:
        return await posting.code_facts(self._connection, program_id, code_words)

    async def keep_events(self, program_id: int, events: Iterable[ConsentEvent]) -> None:
        await posting.keep_events(self._connection, program_id, events)

    async def keep_counts(self, program_id: int, deltas: CountDeltas) -> None:
        await posting.keep_counts(self._connection, program_id, deltas)

    async def keys_under(self, program_id: int, ids: list[str]) -> Sequence[Row]:
        found: list[Row] = await self._connection.fetch(SQL.keys_under, program_id, ids)
        return found

    async def delete_orphans_under(self, program_id: int, ids: list[str]) -> None:
        await self._connection.execute(SQL.delete_orphans_under, program_id, ids)

    async def delete_oldest(self, program_id: int, before: int, limit: int) -> Sequence[Row]:
        values = (program_id, before, limit)
        gone: list[Row] = await self._connection.fetch(SQL.delete_oldest, *values)
        return gone

    async def post(self, program_id: int, batch: Batch, words: ConsentWords) -> list[Outcome]:
        begun = await posting.begin(self._connection, program_id, [batch], words)
        outcomes = batch.post(begun)
        await posting.write(self._connection, begun)
        return outcomes

    async def displacement(self) -> str | None:
        return await place.displacement(self._connection)

    async def settle(self) -> None:
        await place.settle(self._connection)


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

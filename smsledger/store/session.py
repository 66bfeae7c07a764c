"""What an operation that is written once for both engines may ask of the ledger.

Such an operation is an `async def` whose first argument is a `Session`: the statements of one
transaction, or of one read. It names its queries; `sql/common.sql` has those that are the same on
both engines, `queries.sql` of each engine the others. Their values are given by name.

PostgreSQL awaits. SQLite answers at once: `postgres/session.py` and `sqlite/session.py`.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome
from smsledger.store.consent import CodeWord, ConsentEvent
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.posting import Batch

T = TypeVar("T")
Row: TypeAlias = Mapping[str, Any]
Operation: TypeAlias = Callable[..., Coroutine[Any, Any, T]]


class NotUnique(Exception):
    """Another row has the value already; `field` is what a `Taken` calls it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Dangling(Exception):
    """What the row refers to is not there."""


class Session(Protocol):
    """Statements on one connection. All raise `NotUnique` and `Dangling` where a row cannot be.

    `sign` is what the engine writes before the number of a value in SQL. A list among the values
    is PostgreSQL's array, and SQLite's JSON.
    """

    sign: str

    async def rows(self, query: str, /, **values: Any) -> Sequence[Row]:
        """Return all rows of a query, in its order."""

    async def row(self, query: str, /, **values: Any) -> Row | None:
        """Return the first row of a query, or None."""

    async def value(self, query: str, /, **values: Any) -> Any:
        """Return the first column of the first row, or None."""

    async def run(self, query: str, /, **values: Any) -> None:
        """Run a statement that returns nothing."""

    async def bulk(self, query: str, keys: Sequence[Row], /, **values: Any) -> Sequence[Row]:
        """Run a query once for each key.

        `values` are the same for all keys and win over a column of the same name. Return all rows
        found, in no order. SQLite runs the query per key; PostgreSQL runs it once, with an array
        for each column. Without keys nothing runs.
        """

    async def select(self, sql: str, values: Sequence[Any], /) -> Sequence[Sequence[Any]]:
        """Return the rows of a statement that is built by the operation."""

    async def lock(self, program_id: int) -> None:
        """Let nobody else draw numbers in a program until the transaction is over.

        SQLite has nothing to do: its transactions are one after the other.
        """

    async def lock_rows(self, query: str, /, **values: Any) -> None:
        """Run a query that locks what the transaction is about to change; SQLite has none."""

    async def code_facts(
        self, program_id: int, code_words: Iterable[tuple[str | None, str]]
    ) -> tuple[frozenset[str], frozenset[CodeWord]]:
        """Return the short codes that a program has or had, and the pairs that are keywords.

        Args:
            program_id: the program.
            code_words: pairs of a short code and a first word; the code None is the program's own.
                Without pairs, nothing is read and both results are empty.
        """

    async def keep_events(self, program_id: int, events: Iterable[ConsentEvent]) -> None:
        """Store consent events, except those with a later event of the same key.

        No two of them have the same key.
        """

    async def keep_counts(self, program_id: int, deltas: CountDeltas) -> None:
        """Add to the counts of a program, whose counter is locked."""

    async def keys_under(self, program_id: int, ids: list[str]) -> Sequence[Row]:
        """Return date, serial and id of the messages under the ids."""

    async def delete_orphans_under(self, program_id: int, ids: list[str]) -> None:
        """Remove the receipts that wait under the ids."""

    async def delete_oldest(self, program_id: int, before: int, limit: int) -> Sequence[Row]:
        """Remove the oldest messages dated before the instant; return what they were counted by."""

    async def post(self, program_id: int, batch: Batch, words: ConsentWords) -> list[Outcome]:
        """Post a batch into a program; raises `ProgramNotFound` and `ProgramInactive`."""

    async def displacement(self) -> str | None:
        """Return why the ledger is not where it was, as a sentence; None if it is."""

    async def settle(self) -> None:
        """Put the ledger into use where it is now, no longer as a backup."""

"""What an operation that is written once for both engines may ask of the ledger.

Such an operation is an `async def` whose first argument is a `Session`: the statements of one
transaction, or of one read. It names its queries; `sql/common.sql` has those that are the same on
both engines, `queries.sql` of each engine the others. Their values are given by name.

PostgreSQL awaits. SQLite answers at once: `postgres/session.py` and `sqlite/session.py`.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome, Unrouted
from smsledger.store.consent import Text
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
    """Statements on one connection. All raise `NotUnique` and `Dangling` where a row cannot be."""

    async def rows(self, query: str, /, **values: Any) -> Sequence[Row]:
        """Return all rows of a query, in its order."""

    async def row(self, query: str, /, **values: Any) -> Row | None:
        """Return the first row of a query, or None."""

    async def value(self, query: str, /, **values: Any) -> Any:
        """Return the first column of the first row, or None."""

    async def run(self, query: str, /, **values: Any) -> None:
        """Run a statement that returns nothing."""

    async def many(self, query: str, rows: Sequence[Row], /) -> None:
        """Run a statement once for each row of values."""

    async def lock(self, program_id: int) -> None:
        """Let nobody else draw numbers in a program until the transaction is over.

        SQLite has nothing to do: its transactions are one after the other.
        """

    async def note_keywords(self, codes: Iterable[str]) -> None:
        """Make a rebuild of consent due if any of the codes, whose keywords changed, has events."""

    async def remove_messages(self, program_id: int, before: int, limit: int) -> int:
        """Remove the oldest messages dated before the instant, at most `limit`; return how many.

        What was said about them goes too, and they are counted no longer.
        """

    async def post(self, program_id: int, batch: Batch, words: ConsentWords) -> list[Outcome]:
        """Post a batch into a program; raises `ProgramNotFound` and `ProgramInactive`."""

    async def keep_texts(self, program_id: int, texts: list[Text], words: ConsentWords) -> None:
        """Store the consent events of texts."""

    async def retract(self, message: Unrouted, words: ConsentWords) -> None:
        """Remove the consent events of an unrouted message that has found its program."""

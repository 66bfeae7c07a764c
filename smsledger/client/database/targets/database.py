"""What a table needs of a database: SQL with $1, transactions, rows in bulk."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from smsledger.client.database.targets.layout import Row


class Database(Protocol):
    """One session, or none yet; `open` begins it, with an empty temporary table for the rows.

    Every method but `close` raises TargetFailed for what may pass, TargetUnusable for what does
    not, and `open` TargetBusy where another process has the database.
    """

    @property
    def name(self) -> str:
        """What to call it in a message: no secret is in it."""

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""

    def open(self) -> None:
        """Begin the session."""

    def close(self) -> None:
        """End it; what was not committed is not there."""

    def release(self) -> None:
        """Let others in while nothing is to be written: ends the session, if it excludes them."""

    def exclude(self, what: str) -> None:
        """Make sure that no other session has excluded the same; TargetBusy if one has."""

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction, committed at the end of the block, rolled back by an exception."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""

    def stage(self, rows: Sequence[Row]) -> None:
        """Add rows to the temporary table."""

    def clear(self) -> None:
        """Empty the temporary table."""

"""What the store asks of an engine: to run operations, and what only that engine can do fast.

An operation is written once for both engines (`session.py`). `store.py` says which operation each
method of the store is, and whether it reads or changes; the engine decides on which connection, in
which thread and in which transaction it runs.
"""

from pathlib import Path
from typing import Any, Protocol

import msgspec

from smsledger.ledger.feed import FeedPage, FeedQuery
from smsledger.ledger.model import Outcome
from smsledger.ledger.walk import Page, PageQuery
from smsledger.store.posting import Batch
from smsledger.store.session import Operation, T
from smsledger.store.stored_message import HistoryEntry, StoredMessage


class Condition(msgspec.Struct, frozen=True):
    """The state that a ledger records about itself.

    `compatible_since` is the oldest schema whose release can work on it; `copy_of` the epoch of
    the ledger that is being copied into it; `backup_at` the instant at which it was made as a
    backup of the ledger. `displaced` is a sentence, where the ledger is not where it was.
    `place_verified`: everything that would show this could be read.
    """

    compatible_since: str
    copy_of: str | None
    backup_at: int | None
    displaced: str | None = None
    place_verified: bool = True


class TimelineChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of PostgreSQL's timeline: a standby was promoted or a base backup restored."""

    before: int
    now: int


class Engine(Protocol):
    """A ledger on SQLite or PostgreSQL. Methods named as those of `Store` promise the same."""

    async def close(self) -> None:
        """Finish the work that was handed in, then close all connections."""

    async def read(self, work: Operation[T], *arguments: Any) -> T:
        """Return the result of an operation that reads a few rows."""

    async def read_long(self, work: Operation[T], *arguments: Any) -> T:
        """Return the result of an operation that reads more, without delaying other requests."""

    async def search(self, work: Operation[T], *arguments: Any) -> T:
        """As `read_long`, for reads that may take seconds: at most a share of them at a time."""

    async def count(self, work: Operation[T], *arguments: Any) -> T:
        """Return the result of an operation that counts for /metrics, in nobody's way."""

    async def verify_reference(self) -> None:
        """Forget what `read_reference` remembers, if it has changed until now."""

    async def read_reference(self, work: Operation[T], *arguments: Any) -> T:
        """Return what an operation reads of programs and credentials, perhaps from memory.

        It is at least as new as the last `verify_reference`.
        """

    async def change(self, work: Operation[T], *arguments: Any) -> T:
        """Return the result of an operation in a transaction of its own, once it is durable."""

    async def change_reference(self, work: Operation[T], *arguments: Any) -> T:
        """As `change`, for programs and credentials: every process reads them again after it."""

    async def pause(self) -> None:
        """Let other writers go first, between two steps of long work."""

    async def post(self, program_id: int, batch: Batch) -> list[Outcome]:
        """Return the outcomes of a batch, once it is durable."""

    async def page(self, query: PageQuery) -> Page:
        """Return one page of a walk."""

    async def changes(self, query: FeedQuery) -> FeedPage:
        """Return a step of the change feed."""

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        """Return one message as it stands."""

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        """Return what was said about a message, in the order of `change`."""

    async def epoch(self) -> str:
        """Return the name of the ledger.

        An unresponsive server raises `Unavailable` within seconds.
        """

    async def note_timeline(self) -> TimelineChange | None:
        """Return a change of PostgreSQL's timeline."""

    async def empty_log(self, seconds: float) -> bool:
        """Empty the write-ahead log of erased texts."""

    async def backup(self, target: Path) -> None:
        """Copy the ledger as it stands to a new file."""

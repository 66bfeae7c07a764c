"""A ledger as the rows of its tables: what a copy reads of one engine and writes to another.

Every table and column of the schema is named here, but for what an engine adds for itself.
Values are alike in all engines: int, bool, str, bytes or None.
"""

from collections.abc import AsyncIterator
from typing import Any, Protocol

import msgspec

from smsledger.store.consent import ConsentEvent
from smsledger.store.stored_message import HistoryEntry, StoredMessage

Row = tuple[Any, ...]
Key = tuple[Any, ...]

LOWEST = -(2**63)  # below every number and instant


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its columns; the first ones are the key, in whose order it is read.

    `lowest` is a key below all. `spread`: it belongs to programs, and `program_id` is in every
    key of it; the column is not among the columns. `flags` are the columns that hold booleans.
    """

    name: str
    columns: tuple[str, ...]
    lowest: Key
    spread: bool = False
    flags: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the key."""
        return self.columns[: len(self.lowest)]

    def key_of(self, row: Row) -> Key:
        """The key of a row."""
        return row[: len(self.lowest)]

    def change_of(self, row: Row) -> int:
        """The program's number of what the row says; below all where it has none."""
        return int(row[self.columns.index("change")]) if "change" in self.columns else LOWEST


MESSAGE = Table(
    name="message",
    columns=StoredMessage.__struct_fields__,
    lowest=(LOWEST, LOWEST),
    spread=True,
    flags=frozenset({"date_given"}),
)
HISTORY = Table(
    name="status_history",
    columns=HistoryEntry.__struct_fields__,
    lowest=(LOWEST, LOWEST),
    spread=True,
)
ORPHAN = Table(
    name="orphan_receipt",
    columns=(
        *("recorded_at", "id", "ordinal", "delivery_status", "date", "number", "network"),
        *("gateway", "error_code", "text", "raw"),
    ),
    lowest=(LOWEST, "", LOWEST),
    spread=True,
)
TOMBSTONE = Table(
    name="tombstone",
    columns=("change", "id", "erased_at"),
    lowest=(LOWEST,),
    spread=True,
)
CONSENT = Table(
    name="consent",
    columns=ConsentEvent.__struct_fields__,
    lowest=("", "", ""),
    spread=True,
)
UNROUTED = Table(
    name="unrouted_message",
    columns=(
        *("ordinal", "gateway", "id", "sender", "short_code", "body", "date", "network"),
        *("segments", "remark", "raw", "reason", "received_at", "program_id", "content"),
        "authorised",
    ),
    lowest=(LOWEST,),
    flags=frozenset({"authorised"}),
)
EXPORT_LOG = Table(
    name="export_log",
    columns=(
        *("export_id", "began_at", "username", "program_id", "kind", "filters", "skipped"),
        *("reached", "updated_at", "complete"),
    ),
    lowest=(b"",),
    flags=frozenset({"complete"}),
)
# Of the one ledger: read by a verification, and not copied.
SESSION = Table(
    name="session",
    columns=("digest", "username", "secret_digest", "created_at", "expires_at"),
    lowest=(b"",),
)
INVITATION = Table(
    name="invitation",
    columns=("digest", "username", "created_at", "expires_at", "overlap", "used_at"),
    lowest=(b"",),
)
COUNTER = Table(name="program_counter", columns=("program_id", "last"), lowest=(LOWEST,))
# One row, in every ledger from its beginning.
CONSENT_WORDS = Table(name="consent_words", columns=("words", "rebuild_due_since"), lowest=("",))
# Small, and copied as wholes; whoever refers to another stands behind it.
REFERENCE = (
    Table(name="campaign", columns=("id", "name"), lowest=(LOWEST,)),
    Table(
        name="program",
        columns=(
            *("id", "campaign_id", "name", "type", "short_code", "is_default", "active"),
            "since",
        ),
        lowest=(LOWEST,),
        flags=frozenset({"is_default", "active"}),
    ),
    Table(
        name="program_keyword",
        columns=("short_code", "keyword", "program_id"),
        lowest=("", ""),
    ),
    Table(name="program_code", columns=("program_id", "short_code"), lowest=(LOWEST, "")),
    CONSENT_WORDS,
    Table(
        name="credential",
        columns=("username", "scopes", "expires_at", "created_at"),
        lowest=("",),
    ),
    Table(
        name="credential_program",
        columns=("username", "program_id"),
        lowest=("", LOWEST),
    ),
    Table(
        name="credential_secret",
        columns=("username", "digest", "expires_at"),
        lowest=("", b""),
    ),
    Table(
        name="credential_use",
        columns=("username", "last_used_at"),
        lowest=("",),
    ),
    Table(
        name="gateway_seen",
        columns=("gateway", "last_mo", "last_receipt"),
        lowest=("",),
    ),
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Which ledger it is.

    `place` is the same for every URL that leads to the ledger, or to a replica of it. `copy_of` is
    the epoch of the ledger that is being copied into it. `backup_at` is the instant at which it was
    made as a backup of the ledger; now, where it is not where it was.
    """

    place: str
    epoch: str
    copy_of: str | None
    backup_at: int | None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is small in a ledger, at one moment.

    `counters` has the last number of every program that ever was, by its id; `reference` the rows
    of the tables of `REFERENCE`, by name, in the order of their keys.
    """

    last_program_id: int
    counters: dict[int, int]
    reference: dict[str, list[Row]]


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction does to the tables of a program, or to those that have none.

    First the rows under the keys of `gone` leave, then `rows` come in; both by table. `counter`
    is the program's last number before and after.
    """

    program_id: int | None
    gone: list[tuple[Table, list[Key]]] = []
    rows: list[tuple[Table, list[Row]]] = []
    counter: tuple[int, int] | None = None


class Integrity(msgspec.Struct, frozen=True, kw_only=True):
    """The result of the engine's own check of its file or database.

    `not_run` is the reason if the check did not run, else None.
    """

    checked_by: str
    not_run: str | None = None
    problems: list[str] = []


class Readable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a damaged table, and what is known of the unreadable ones.

    `missing` contains the key columns of such a row, or the place where it was.
    """

    rows: list[Row]
    missing: list[dict[str, object]] = []


class Unfit(Exception):
    """The target does not take what it is given; says of which program, and why."""

    def __init__(self, program_id: int | None, reason: str) -> None:
        super().__init__(reason if program_id is None else f"program {program_id}: {reason}")


class Written(Exception):
    """Somebody else writes the ledger that is being copied into."""


class Tables(Protocol):
    """The tables of one ledger; each call reads or writes in a short transaction of its own.

    Every method raises `Unavailable` when the store cannot be reached.
    """

    async def close(self) -> None:
        """Let go."""

    async def standing(self) -> Standing:
        """Which ledger it is."""

    async def snapshot(self) -> Snapshot:
        """What is small in it, as it stands."""

    async def rows(self, table: Table, program_id: int | None, after: Key, limit: int) -> list[Row]:
        """Rows from after a key, in the order of keys; the program's, if the table is spread."""

    def readable(self, table: Table, program_id: int | None) -> AsyncIterator[Readable]:
        """Yield all readable rows of a table that may be damaged, in no order."""

    async def changed(self, program_id: int, after: int, limit: int) -> list[Row]:
        """Messages whose latest change came after a number, in the order of `change`."""

    async def history(self, program_id: int, serials: list[int]) -> list[Row]:
        """All that was said about the messages under the serials."""

    async def under(self, program_id: int, ids: list[str]) -> list[Row]:
        """Where the messages under some ids are: date, serial, id."""

    async def count(self, program_id: int, after: int) -> int:
        """How many messages changed after a number."""

    async def integrity(self) -> Integrity:
        """Have the engine check its own structures."""

    async def next_counted(self, program_id: int, at: int) -> int | None:
        """Return the first date at or after an instant with counts or messages, or None."""

    async def differing_counts(self, program_id: int, start: int, end: int) -> list[Row]:
        """Return the counts of a day that differ from its messages, both of the same moment.

        A row has period, start, type, delivery status and network, then messages, segments and
        messages with known segments as stored, then the same three as counted now.
        """

    async def counted_days(self, program_id: int) -> dict[int, int]:
        """Return the messages that the counts of a program contain, by the start of their day.

        If the counts of hours and days differ, it is the higher number.
        """

    async def forget_damage(self) -> None:
        """Remove the marks of damage from a ledger found sound, so that servers use it again."""

    async def claim(self, epoch: str) -> None:
        """Say so with whatever is written from now on: the ledger of the epoch is copied here."""

    async def write(self, writing: Writing) -> None:
        """Write rows; raises `Unfit`, and `Written` where the counter is not where it was."""

    async def refer(self, snapshot: Snapshot) -> None:
        """Replace the tables of `REFERENCE`, begin the counters not begun; raises `Unfit`."""

    async def seal(self, epoch: str, backup_at: int | None) -> None:
        """Compute the counts and complete the copy: it is now the ledger of the epoch.

        With `backup_at`, it is marked as a backup, like its source.
        """

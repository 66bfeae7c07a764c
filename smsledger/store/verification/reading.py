"""Reads whole tables in steps, and the tables that no other check of a verification reads.

SQLite checks its whole file. Without amcheck, PostgreSQL notices a damaged block only if something
reads it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from smsledger.errors import StoreDamaged
from smsledger.store.message_checks import Mismatch
from smsledger.store.tables import (
    CONSENT,
    EXPORT_LOG,
    INVITATION,
    ORPHAN,
    SESSION,
    UNROUTED,
    Row,
    Snapshot,
    Table,
    Tables,
)
from smsledger.store.verification.findings import Findings

# With the words for them in findings.
_OF_PROGRAMS = ((CONSENT, "consent"), (ORPHAN, "waiting receipts"))
_OF_NONE = (
    (UNROUTED, "unrouted messages"),
    (EXPORT_LOG, "the log of exports"),
    (SESSION, "sessions"),
    (INVITATION, "invitations"),
)


@contextmanager
def report_unreadable(findings: Findings, program_id: int | None, what: str) -> Iterator[None]:
    """Report unreadable data as damage, and continue after the block."""
    try:
        yield
    except StoreDamaged as error:
        findings.add(Mismatch("readable", what, error.reason), program=program_id)
    except UnicodeDecodeError:
        findings.add(Mismatch("readable", what, "text that is not UTF-8"), program=program_id)


async def steps(
    tables: Tables, table: Table, program_id: int | None, size: int
) -> AsyncIterator[list[Row]]:
    """Yield all rows of a table, of one program if it belongs to programs, `size` at a time.

    Raises:
        StoreDamaged: rows cannot be read, or their keys are not in order. An index and its table
            then differ, and reading on could repeat the same rows without end.
    """
    after = table.lowest
    while rows := await tables.rows(table, program_id, after, size):
        last = table.key_of(rows[-1])
        if last <= after:
            raise StoreDamaged("keys that are not in order")
        after = last
        yield rows


async def read_others(tables: Tables, snapshot: Snapshot, findings: Findings, size: int) -> None:
    """Read every table that the checks of programs do not read; report what cannot be read."""
    for program_id in snapshot.counters:
        for table, what in _OF_PROGRAMS:
            with report_unreadable(findings, program_id, what):
                await _read(tables, table, program_id, size)
    for table, what in _OF_NONE:
        with report_unreadable(findings, None, what):
            await _read(tables, table, None, size)


async def _read(tables: Tables, table: Table, program_id: int | None, size: int) -> None:
    async for _ in steps(tables, table, program_id, size):
        pass

"""File rows -> store: what `smsledger import` does.

Commits in short batches, so that a running server is not held up, and may be run again: a row
that is in the ledger already is a duplicate.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from smsledger.intake import ingest
from smsledger.intake.file_rows import FileRow
from smsledger.intake.ingest import Rejection
from smsledger.ledger.line_ends import escape_line_ends
from smsledger.store.store import Store

# A few dozen milliseconds of the write lock at a time, and as long without it: SQLite's lock has
# no queue, so who takes it again at once starves the others.
BATCH = 500
PAUSE = 0.03


class Totals(msgspec.Struct):
    """What became of a file's rows."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0


async def load(
    store: Store,
    program_id: int,
    rows: Iterable[FileRow],
    rejects: Path,
    advance: Callable[[], None],
) -> Totals:
    """Post the rows of a file; the rejected go to `rejects`, a JSON line each with the reason.

    Args:
        store: where to.
        program_id: the program of all of them.
        rows: as read from the file.
        rejects: the side file, made anew; there is none when no row is rejected.
        advance: called after each batch.

    Raises:
        ProgramNotFound, ProgramInactive, Unavailable: what was committed stays; run it again.
    """
    totals = Totals()
    _forget(rejects)
    for batch in _batches(rows):
        report = await ingest.messages(
            store, program_id, [row.checked for row in batch], any_code=True
        )
        _set_aside(rejects, batch, report.rejections)
        totals.accepted += report.accepted
        totals.duplicates += report.duplicates
        totals.rejected += len(report.rejections)
        advance()
        await asyncio.sleep(PAUSE)
    return totals


def _batches(rows: Iterable[FileRow]) -> Iterator[list[FileRow]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _forget(rejects: Path) -> None:
    """What an earlier run set aside is judged anew."""
    rejects.unlink(missing_ok=True)


def _set_aside(rejects: Path, batch: list[FileRow], rejections: list[Rejection]) -> None:
    if not rejections:
        return
    with rejects.open("ab") as side:
        for rejection in rejections:
            row = batch[rejection.index]
            reason = {
                "line": row.line,
                "field": rejection.field,
                "code": rejection.code,
                "message": rejection.message,
                "row": row.text,
            }
            side.write(escape_line_ends(msgspec.json.encode(reason)) + b"\n")

"""Compares the rows of two ledgers: equal rows, rows that the source no longer has, differences."""

from collections.abc import AsyncIterator

import msgspec

from smsledger.store.copying.gather_both import gather_both
from smsledger.store.tables import Key, Row, Table, Tables, Writing, Written

STEP = 4000


class Different(Exception):
    """The target differs from the source; the message says where."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one table, of one program if they belong to programs.

    Changes of the source after the program's number `through` are left out. With `overwrite`, rows
    that differ are replaced: these tables have no number that tells when a row changed.
    """

    table: Table
    program_id: int | None
    through: int
    overwrite: bool = False


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of both ledgers after a key, up to another; None: up to the last."""

    after: Key
    end: Key | None
    here: list[Row]
    there: list[Row]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison of a span.

    `alike` are the rows equal in both; `left` those that only the target has; `wrong` the source's
    rows that are missing in the target or differ there.
    """

    alike: list[Row]
    left: list[Row] = []
    wrong: list[Row] = []


async def alike(source: Tables, target: Tables, part: Part) -> AsyncIterator[list[Row]]:
    """Yield the rows of a part, in the order of keys, once they are equal in both ledgers.

    Rows that the source no longer has are deleted from the target.

    Raises:
        Different: a row is missing in the target, or differs.
        Written: the target has a row that is later than the copy.
    """
    if part.overwrite:
        await _delete_differences(source, target, part)
    async for span in _spans(source, target, part):
        judged = judge(part, span.here, span.there)
        if part.overwrite and (judged.left or judged.wrong):
            judged = await _overwrite(target, part, span, judged)
        if judged.wrong:
            raise Different(_difference(part, judged.wrong[0], span.there))
        if any(part.table.change_of(row) > part.through for row in judged.left):
            raise Written
        if judged.left:
            await _write(target, part, gone=judged.left)
        yield judged.alike


def judge(part: Part, here: list[Row], there: list[Row]) -> Judged:
    """Compare the rows of a span in the source with those in the target."""
    if here == there:
        return Judged(alike=here)
    table = part.table
    theirs = {table.key_of(row): row for row in there}
    ours = {table.key_of(row): row for row in here}
    settled = [row for row in here if table.change_of(row) <= part.through]
    return Judged(
        alike=[row for row in settled if theirs.get(table.key_of(row)) == row],
        left=[row for key, row in theirs.items() if key not in ours],
        wrong=[row for row in settled if theirs.get(table.key_of(row)) != row],
    )


async def _spans(source: Tables, target: Tables, part: Part) -> AsyncIterator[Span]:
    table = part.table
    after: Key | None = table.lowest
    while after is not None:
        here, there = await gather_both(
            source.rows(table, part.program_id, after, STEP),
            target.rows(table, part.program_id, after, STEP),
        )
        full = (rows for rows in (here, there) if len(rows) == STEP)
        end = min((table.key_of(rows[-1]) for rows in full), default=None)
        yield Span(
            after=after, end=end, here=_until(table, here, end), there=_until(table, there, end)
        )
        after = end


def _until(table: Table, rows: list[Row], end: Key | None) -> list[Row]:
    if end is None or (rows and table.key_of(rows[-1]) <= end):
        return rows
    return [row for row in rows if table.key_of(row) <= end]


async def _delete_differences(source: Tables, target: Tables, part: Part) -> None:
    """Delete the target's rows that the source does not have, or that differ.

    All are deleted before any row is written: a row can have unique values that a row with another
    key had before.
    """
    async for span in _spans(source, target, part):
        judged = judge(part, span.here, span.there)
        if judged.left or judged.wrong:
            await _write(target, part, gone=[*judged.left, *judged.wrong])


async def _overwrite(target: Tables, part: Part, span: Span, judged: Judged) -> Judged:
    """Replace the rows that differ, and compare the span again."""
    await _write(target, part, gone=[*judged.left, *judged.wrong], rows=judged.wrong)
    again = await target.rows(part.table, part.program_id, span.after, len(span.here) + 1)
    return judge(part, span.here, _until(part.table, again, span.end))


async def _write(
    target: Tables, part: Part, *, gone: list[Row], rows: list[Row] | None = None
) -> None:
    keys = [part.table.key_of(row) for row in gone]
    writing = Writing(
        program_id=part.program_id, gone=[(part.table, keys)], rows=[(part.table, rows or [])]
    )
    await target.write(writing)


def _difference(part: Part, row: Row, there: list[Row]) -> str:
    """Return which row differs, and in which columns; never their values."""
    table = part.table
    key = table.key_of(row)
    name = ", ".join(f"{column} {value}" for column, value in zip(table.key, key, strict=True))
    place = f"program {part.program_id}: " if part.program_id is not None else ""
    other = next((candidate for candidate in there if table.key_of(candidate) == key), None)
    if other is None:
        return f"{place}{table.name} ({name}) is not in the target"
    pairs = zip(table.columns, row, other, strict=True)
    columns = ", ".join(column for column, ours, theirs in pairs if ours != theirs)
    return f"{place}{table.name} ({name}) differs in the target: {columns}"

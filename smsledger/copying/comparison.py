"""The rows of two ledgers side by side: what is alike, what left the source, what differs."""

from collections.abc import AsyncIterator

import msgspec

from smsledger.copying.together import together
from smsledger.store.tables import Key, Row, Table, Tables, Writing, Written

STEP = 4000


class Different(Exception):
    """The target is not what the source is; says where."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one table, of one program if they belong to programs.

    What the source has said after the program's number `through` is left out. `mended`: rows that
    differ are written anew; they have no number that tells when they changed.
    """

    table: Table
    program_id: int | None
    through: int
    mended: bool = False


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of both ends after a key, until another; None: there are no more."""

    after: Key
    end: Key | None
    here: list[Row]
    there: list[Row]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What two spans of rows are to each other.

    `alike` are the rows that both have; `left` those that only the target has; `wrong` the
    source's rows that the target lacks or has otherwise.
    """

    alike: list[Row]
    left: list[Row] = []
    wrong: list[Row] = []


async def alike(source: Tables, target: Tables, part: Part) -> AsyncIterator[list[Row]]:
    """The rows of a part, once both ends are found to have them alike, in the order of keys.

    What has left the source leaves the target.

    Raises:
        Different: the target lacks a row or has it otherwise.
        Written: it has one that is later than the copy.
    """
    if part.mended:
        await _make_way(source, target, part)
    async for span in _spans(source, target, part):
        judged = judge(part, span.here, span.there)
        if part.mended and (judged.left or judged.wrong):
            judged = await _mend(target, part, span, judged)
        if judged.wrong:
            raise Different(_told(part, judged.wrong[0], span.there))
        if any(part.table.change_of(row) > part.through for row in judged.left):
            raise Written
        if judged.left:
            await _write(target, part, gone=judged.left)
        yield judged.alike


def judge(part: Part, here: list[Row], there: list[Row]) -> Judged:
    """What a span of the source and the same of the target are to each other."""
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
        here, there = await together(
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


async def _make_way(source: Tables, target: Tables, part: Part) -> None:
    """What the source has not, or has otherwise, leaves the target.

    All of it before anything comes in: a row may say what another one, under another key, said.
    """
    async for span in _spans(source, target, part):
        judged = judge(part, span.here, span.there)
        if judged.left or judged.wrong:
            await _write(target, part, gone=[*judged.left, *judged.wrong])


async def _mend(target: Tables, part: Part, span: Span, judged: Judged) -> Judged:
    """Bring what is wrong, and look again."""
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


def _told(part: Part, row: Row, there: list[Row]) -> str:
    """Which row it is and in which columns it differs; never what stands in them."""
    table = part.table
    key = table.key_of(row)
    name = ", ".join(f"{column} {value}" for column, value in zip(table.key, key, strict=True))
    place = f"program {part.program_id}: " if part.program_id is not None else ""
    other = next((each for each in there if table.key_of(each) == key), None)
    if other is None:
        return f"{place}{table.name} ({name}) is not in the target"
    pairs = zip(table.columns, row, other, strict=True)
    columns = ", ".join(column for column, ours, theirs in pairs if ours != theirs)
    return f"{place}{table.name} ({name}) is another in the target: {columns}"

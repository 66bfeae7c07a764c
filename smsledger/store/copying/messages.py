"""The messages of a program, brought over in the order of their latest change.

    source: changed or erased after n -> a batch -> target: the batch and the counter, in one
    transaction

The target's counter says how far the copy has come. So a copy that was interrupted goes on where
it was, and one that is run again brings what has changed since, each message in its latest state.
What was erased since comes as a tombstone, and leaves the target with it.
"""

from collections.abc import AsyncIterator

import msgspec

from smsledger.store.copying.gather_both import gather_both
from smsledger.store.tables import HISTORY, MESSAGE, TOMBSTONE, Row, Tables, Writing

BATCH = 4000


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Messages with all that was said about them, and tombstones of what was erased.

    With them the copy has come to `reached`. `is_last`: there were no more when they were read.
    """

    messages: list[Row]
    history: list[Row]
    tombstones: list[Row]
    reached: int
    is_last: bool


async def bring(
    source: Tables, target: Tables, program_id: int, before: int, last: int
) -> AsyncIterator[Batch]:
    """The batches that came over, each once it is durable.

    Args:
        source: from where.
        target: where to.
        program_id: whose messages.
        before: the target's counter.
        last: the source's counter as it was a moment ago: so far the target's will be at least.

    Raises:
        Written: somebody else has moved the target's counter.
        Unfit: the target cannot take a row.
    """
    at = before
    batch: Batch | None = await _read(source, program_id, at, last)
    while batch is not None and batch.reached > at:
        writing = _write(target, program_id, at, batch)
        _, following = await gather_both(writing, _next(source, program_id, batch, last))
        yield batch
        at, batch = batch.reached, following


async def _next(source: Tables, program_id: int, batch: Batch, last: int) -> Batch | None:
    """The batch after another. What comes while the last one is read is for another pass."""
    return None if batch.is_last else await _read(source, program_id, batch.reached, last)


async def _read(source: Tables, program_id: int, at: int, last: int) -> Batch:
    """What comes after a number; how far it goes is what the first reading says.

    The tombstones are read after the messages: one that is later than these is left for the next
    batch, with whatever happened between the two readings.
    """
    messages = await source.changed(program_id, at, BATCH)
    tombstones = await source.rows(TOMBSTONE, program_id, (at,), BATCH)
    end = max((at, *map(MESSAGE.change_of, messages[-1:])))
    end = end if len(messages) == BATCH else max(end, last)
    erased = TOMBSTONE.change_of(tombstones[-1]) if len(tombstones) == BATCH else end
    reached = min(end, erased)
    messages = [row for row in messages if MESSAGE.change_of(row) <= reached]
    return Batch(
        messages=messages,
        history=await _history(source, program_id, messages),
        tombstones=[row for row in tombstones if TOMBSTONE.change_of(row) <= reached],
        reached=reached,
        is_last=len(messages) < BATCH and reached == end,
    )


async def _history(source: Tables, program_id: int, messages: list[Row]) -> list[Row]:
    """What was said about the messages until they were read.

    What was said after that comes when the message does, again: its number is ahead of the
    counter that the target will have.
    """
    serial, change = MESSAGE.columns.index("serial"), MESSAGE.columns.index("change")
    known = {row[serial]: row[change] for row in messages}
    entries = await source.history(program_id, list(known)) if known else []
    return [entry for entry in entries if HISTORY.change_of(entry) <= known[entry[0]]]


async def _write(target: Tables, program_id: int, at: int, batch: Batch) -> None:
    """Write the batch: what the target may have of it already is written anew."""
    erased = await _erased(target, program_id, batch)
    said = await target.history(program_id, [serial for _, serial in erased]) if erased else []
    serial = MESSAGE.columns.index("serial")
    older = [MESSAGE.key_of(row) for row in batch.messages if row[serial] <= at]
    again = [row for row in batch.history if HISTORY.change_of(row) <= at]
    writing = Writing(
        program_id=program_id,
        gone=[
            (MESSAGE, [*erased, *older]),
            (HISTORY, [HISTORY.key_of(row) for row in (*said, *again)]),
        ],
        rows=[
            (MESSAGE, batch.messages),
            (HISTORY, batch.history),
            (TOMBSTONE, batch.tombstones),
        ],
        counter=(at, batch.reached),
    )
    await target.write(writing)


async def _erased(target: Tables, program_id: int, batch: Batch) -> list[Row]:
    """The keys of what the target has under the ids of tombstones.

    It was erased: what came under such an id after that has not come over yet. The receipts that
    wait there leave when those of both ends are compared.
    """
    ids = {row[TOMBSTONE.columns.index("id")] for row in batch.tombstones}
    found = await target.under(program_id, sorted(ids)) if ids else []
    return [(date, serial) for date, serial, _ in found]

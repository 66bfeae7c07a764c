"""The messages of a program, brought over in the order of their latest change.

    source: changed after n -> a batch -> target: the batch and the counter, in one transaction

The target's counter says how far the copy has come. So a copy that was interrupted goes on where
it was, and one that is run again brings what has changed since, each message in its latest state.
"""

from collections.abc import AsyncIterator

import msgspec

from smsledger.copying.together import together
from smsledger.store.tables import HISTORY, MESSAGE, Row, Tables, Writing

BATCH = 4000


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Messages with all that was said about them; with them the copy has come to `reached`.

    `is_last`: there were no more when they were read.
    """

    messages: list[Row]
    history: list[Row]
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
        writing = target.write(_writing(program_id, at, batch))
        _, following = await together(writing, _next(source, program_id, batch, last))
        yield batch
        at, batch = batch.reached, following


async def _next(source: Tables, program_id: int, batch: Batch, last: int) -> Batch | None:
    """The batch after another. What comes while the last one is read is for another pass."""
    return None if batch.is_last else await _read(source, program_id, batch.reached, last)


async def _read(source: Tables, program_id: int, at: int, last: int) -> Batch:
    messages = await source.changed(program_id, at, BATCH)
    is_last = len(messages) < BATCH
    reached = MESSAGE.change_of(messages[-1]) if messages else at
    return Batch(
        messages=messages,
        history=await _history(source, program_id, messages),
        reached=max(reached, last) if is_last else reached,
        is_last=is_last,
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


def _writing(program_id: int, at: int, batch: Batch) -> Writing:
    """The batch as it is written: what the target may have of it already is written anew."""
    serial = MESSAGE.columns.index("serial")
    older = [MESSAGE.key_of(row) for row in batch.messages if row[serial] <= at]
    said = [HISTORY.key_of(row) for row in batch.history if HISTORY.change_of(row) <= at]
    return Writing(
        program_id=program_id,
        gone=[(MESSAGE, older), (HISTORY, said)],
        rows=[(MESSAGE, batch.messages), (HISTORY, batch.history)],
        counter=(at, batch.reached),
    )

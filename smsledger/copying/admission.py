"""Whether a ledger may be copied into another: nothing that only the target has is ever lost."""

import msgspec

from smsledger.store.posting import NO_PROGRAM
from smsledger.store.tables import (
    CONSENT_WORDS,
    LOWEST,
    MESSAGE,
    ORPHAN,
    TOMBSTONE,
    UNROUTED,
    Key,
    Row,
    Snapshot,
    Tables,
)

STEP = 4000


class Refused(Exception):
    """The target is none that the source can be copied into; says why, and what to do."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """What may be copied: which ledger it is, and how far each program of the target has come.

    `backup_at`: see `Standing`; of the source.
    """

    epoch: str
    backup_at: int | None
    reached: dict[int, int]


async def admit(source: Tables, target: Tables) -> Admitted:
    """What there is to copy, if the source may be copied into the target.

    It may when the target is untouched, holds an unfinished copy of this source, or a finished
    one that nobody has used since.

    Raises:
        Refused: it may not.
    """
    here, there = await source.standing(), await target.standing()
    if here.place == there.place:
        raise Refused("SOURCE and TARGET are one ledger")
    if there.copy_of not in (None, here.epoch):
        raise Refused("the target holds an unfinished copy of another ledger: name an empty one")
    snapshot = await target.snapshot()
    if here.epoch in (there.copy_of, there.epoch):
        await _require_unused(source, target, snapshot)
    else:
        await _require_untouched(target, snapshot)
    return Admitted(epoch=here.epoch, backup_at=here.backup_at, reached=snapshot.counters)


async def admit_as_new(source: Tables, target: Tables) -> int | None:
    """Admit a target that becomes another ledger than its source; `backup_at` of the source.

    Raises:
        Refused: it is not empty.
    """
    here, there = await source.standing(), await target.standing()
    if here.place == there.place:
        raise Refused("SOURCE and TARGET are one ledger")
    if there.copy_of is not None:
        raise Refused("the target holds an unfinished copy: name an empty one")
    await _require_untouched(target, await target.snapshot())
    return here.backup_at


async def _require_untouched(target: Tables, snapshot: Snapshot) -> None:
    if (
        any(snapshot.counters.values())
        or any(rows for name, rows in snapshot.reference.items() if name != CONSENT_WORDS.name)
        or await target.rows(ORPHAN, NO_PROGRAM, ORPHAN.lowest, 1)
        or await target.rows(UNROUTED, None, UNROUTED.lowest, 1)
    ):
        raise Refused("the target holds a ledger of its own: name an empty one")


async def _require_unused(source: Tables, target: Tables, theirs: Snapshot) -> None:
    """Refuse a target in which something happened that did not happen in the source.

    What only grows in a ledger shows it. Where both went on, the last event of each program
    does: it must be one of the source too.
    """
    ours = await source.snapshot()
    used = Refused("the target has been used since it was copied: name an empty one")
    grown = _grown(ours)
    if any(value > grown.get(name, LOWEST) for name, value in _grown(theirs).items()):
        raise used
    begun = {program_id: since for program_id, *_, since in ours.reference["program"]}
    for program_id, last in theirs.counters.items():
        newest = await target.changed(program_id, last - 1, 1)
        since = begun.get(program_id, last)
        if newest and not await _has_had(source, program_id, since, newest[0]):
            raise used
        erased = await target.rows(TOMBSTONE, program_id, (last - 1,), 1)
        if erased and not await _has_erased(source, program_id, since, erased[0]):
            raise used


def _grown(snapshot: Snapshot) -> dict[str, int]:
    """All that only grows in a ledger, by what it is."""
    heard = {
        f"heard {gateway} {place}": instant
        for gateway, *instants in snapshot.reference["gateway_seen"]
        for place, instant in enumerate(instants)
        if instant is not None
    }
    counters = {f"counter {each}": last for each, last in snapshot.counters.items()}
    return {"program id": snapshot.last_program_id, **counters, **heard}


async def _has_had(source: Tables, program_id: int, since: int, row: Row) -> bool:
    """Whether the source has had a message in that state.

    It has it still, in that state or a later one, unless the message has left: then it is older
    than the oldest there is, or was born before the program of today was, or has been erased since.
    """
    date, serial = MESSAGE.key_of(row)
    found = await _first(source, program_id, (date, serial - 1))
    if found is not None and MESSAGE.key_of(found) == (date, serial):
        return _is_later(found, row)
    oldest = await _first(source, program_id, MESSAGE.lowest)
    if serial <= since or oldest is None or MESSAGE.key_of(oldest) > (date, serial):
        return True
    return await _was_erased(source, program_id, row)


async def _has_erased(source: Tables, program_id: int, since: int, row: Row) -> bool:
    """Whether the source has erased what a tombstone is of.

    It has the tombstone still, unless that has left: then the message was erased before the date
    of the oldest there is, or before the program of today began.
    """
    change, _, erased_at = row
    if await source.rows(TOMBSTONE, program_id, (change - 1,), 1) == [row]:
        return True
    oldest = await _first(source, program_id, MESSAGE.lowest)
    return change <= since or oldest is None or MESSAGE.key_of(oldest)[0] > erased_at


async def _was_erased(source: Tables, program_id: int, row: Row) -> bool:
    """Whether the source has erased a message of that id since it was in that state."""
    after, [message_id] = MESSAGE.change_of(row), _named(row, ("id",))
    while tombstones := await source.rows(TOMBSTONE, program_id, (after,), STEP):
        if any(erased == message_id for _, erased, _ in tombstones):
            return True
        after = TOMBSTONE.change_of(tombstones[-1])
    return False


async def _first(source: Tables, program_id: int, after: Key) -> Row | None:
    rows = await source.rows(MESSAGE, program_id, after, 1)
    return rows[0] if rows else None


def _is_later(row: Row, than: Row) -> bool:
    """Whether a row is a message in the state of the other row, or in one that it came to."""
    names = ("id", "first_seen", "updated_at")
    (*one, updated), (*other, before) = (_named(each, names) for each in (row, than))
    change, earlier = MESSAGE.change_of(row), MESSAGE.change_of(than)
    return one == other and (change > earlier or (change, updated) == (earlier, before))


def _named(row: Row, names: tuple[str, ...]) -> Row:
    return tuple(row[MESSAGE.columns.index(name)] for name in names)

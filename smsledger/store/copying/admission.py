"""Decides whether a ledger may be copied into another. The target must not lose own messages."""

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
    """The source cannot be copied into the target; the message says why, and what to do."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted copy: the epoch of the source, and the last number of each program in the target.

    `backup_at` is that of the source; see `Standing`.
    """

    epoch: str
    backup_at: int | None
    reached: dict[int, int]


async def admit(source: Tables, target: Tables) -> Admitted:
    """Admit a target that is empty, or holds a copy of this source that has not been used.

    An unfinished copy of this source is admitted too.

    Raises:
        Refused: the target holds anything else, or is the source itself.
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
    """Admit an empty target that gets an epoch of its own; return `backup_at` of the source.

    Raises:
        Refused: the target is not empty, or is the source itself.
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
    """Refuse a target with events that the source does not have.

    A value that only grows must not be greater in the target. Where both were used since, the last
    event of each program in the target must be in the source too.
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
    """Return the values that only grow in a ledger, by name."""
    heard = {
        f"heard {gateway} {place}": instant
        for gateway, *instants in snapshot.reference["gateway_seen"]
        for place, instant in enumerate(instants)
        if instant is not None
    }
    counters = {f"counter {program_id}": last for program_id, last in snapshot.counters.items()}
    return {"program id": snapshot.last_program_id, **counters, **heard}


async def _has_had(source: Tables, program_id: int, since: int, row: Row) -> bool:
    """Return whether the source has had a message in that state.

    The source still has the message, in that state or a later one, unless it was removed. Then the
    message is older than the oldest one, or older than the current program, or was erased since.
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
    """Return whether the source has erased the message of a tombstone.

    The source still has the tombstone, unless it was removed. Then the message was erased before
    the date of the oldest message, or before the current program was created.
    """
    change, _, erased_at = row
    if await source.rows(TOMBSTONE, program_id, (change - 1,), 1) == [row]:
        return True
    oldest = await _first(source, program_id, MESSAGE.lowest)
    return change <= since or oldest is None or MESSAGE.key_of(oldest)[0] > erased_at


async def _was_erased(source: Tables, program_id: int, row: Row) -> bool:
    """Return whether the source has erased a message with that id since it was in that state."""
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
    """Return whether a row is the other row's message, in the same state or a later one."""
    names = ("id", "first_seen", "updated_at")
    (*one, updated), (*other, before) = _named(row, names), _named(than, names)
    change, earlier = MESSAGE.change_of(row), MESSAGE.change_of(than)
    return one == other and (change > earlier or (change, updated) == (earlier, before))


def _named(row: Row, names: tuple[str, ...]) -> Row:
    return tuple(row[MESSAGE.columns.index(name)] for name in names)

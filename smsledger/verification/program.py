"""The checks of one program: its messages, their history, tombstones and counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec

from smsledger.errors import StoreDamaged
from smsledger.instant import DAY, render_seconds
from smsledger.store import soundness
from smsledger.store.held import Held
from smsledger.store.soundness import Mismatch
from smsledger.store.tables import COUNTER, HISTORY, LOWEST, MESSAGE, TOMBSTONE, Row, Tables
from smsledger.verification.findings import Findings
from smsledger.verification.numbers import Numbers

STEP = 2000
MESSAGES = "verified"
_TRIES = 5


class Progress(Protocol):
    """Is told how many messages of a stage are done."""

    def advance(self, stage: str, messages: int) -> None:
        """So many more are done."""


class ProgramVerified(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a program was read. `unchecked` messages have no check value yet."""

    program: int
    messages: int
    unchecked: int
    history: int
    tombstones: int


class _Reading(msgspec.Struct, kw_only=True):
    """What is known of a program so far.

    `began_at` is its counter at the beginning, `last` the latest one that was read. `serials` are
    those of messages; `numbers` are all that were drawn, each for one thing only.
    """

    tables: Tables
    program_id: int
    began_at: int
    last: int
    findings: Findings
    serials: Numbers = msgspec.field(default_factory=Numbers)
    numbers: Numbers = msgspec.field(default_factory=Numbers)
    messages: int = 0
    unchecked: int = 0
    history: int = 0
    tombstones: int = 0
    has_all_serials: bool = False

    def add(
        self, mismatch: Mismatch, *, message_id: str | None = None, serial: int | None = None
    ) -> None:
        """Report a mismatch of this program."""
        self.findings.add(mismatch, program=self.program_id, message_id=message_id, serial=serial)


@contextmanager
def reading(findings: Findings, program_id: int | None, what: str) -> Iterator[None]:
    """Report what cannot be read as damage, and go on after the block."""
    try:
        yield
    except StoreDamaged as error:
        findings.add(Mismatch("readable", what, error.reason), program=program_id)
    except UnicodeDecodeError:
        findings.add(Mismatch("readable", what, "text that is not UTF-8"), program=program_id)


async def verify_program(
    tables: Tables, program_id: int, last: int, findings: Findings, watch: Progress
) -> ProgramVerified:
    """Check a program whose counter was at `last` a moment ago."""
    known = _Reading(
        tables=tables, program_id=program_id, began_at=last, last=last, findings=findings
    )
    with reading(findings, program_id, "messages"):
        await _messages(known, watch)
    with reading(findings, program_id, "history"):
        await _history(known)
    with reading(findings, program_id, "tombstones"):
        await _tombstones(known)
    with reading(findings, program_id, "counts"):
        await _counts(known)
    return ProgramVerified(
        program=program_id,
        messages=known.messages,
        unchecked=known.unchecked,
        history=known.history,
        tombstones=known.tombstones,
    )


async def _messages(known: _Reading, watch: Progress) -> None:
    after = MESSAGE.lowest
    while rows := await known.tables.rows(MESSAGE, known.program_id, after, STEP):
        after = MESSAGE.key_of(rows[-1])
        await _check_messages(known, rows)
        watch.advance(MESSAGES, len(rows))
    known.has_all_serials = True


async def _check_messages(known: _Reading, rows: list[Row]) -> None:
    messages = [soundness.held_of(row) for row in rows]
    serials = [held.serial for held in messages]
    entries = await _entries(known.tables, known.program_id, serials)
    await _count_on(known, max(max(held.serial, held.change) for held in messages))
    for row, held in zip(rows, messages, strict=True):
        known.messages += 1
        known.unchecked += held.check_value is None
        known.serials.add(held.serial)
        _draw(known, held.serial, held.id, held.serial)
        _require_drawn(known, max(held.serial, held.change), held.id, held.serial)
        if _mismatches(known.program_id, held, entries.get(held.serial, [])):
            for mismatch in await _confirmed(known, row):
                known.add(mismatch, message_id=held.id, serial=held.serial)


async def check_settled(
    tables: Tables, program_id: int, rows: list[Row], findings: Findings
) -> None:
    """Check messages that nobody changes or erases meanwhile, such as those of a copy."""
    messages = [soundness.held_of(row) for row in rows]
    entries = await _entries(tables, program_id, [held.serial for held in messages])
    for held in messages:
        for mismatch in _mismatches(program_id, held, entries.get(held.serial, [])):
            findings.add(mismatch, program=program_id, message_id=held.id, serial=held.serial)


def _mismatches(program_id: int, held: Held, entries: list[Row]) -> list[Mismatch]:
    row = soundness.of_row(program_id, held)
    return [*row, *soundness.of_history(held, entries)]


async def _confirmed(known: _Reading, row: Row) -> list[Mismatch]:
    """What is wrong with a message that stays the same while it and its history are read."""
    date, serial = MESSAGE.key_of(row)
    for _ in range(_TRIES):
        entries = await _entries(known.tables, known.program_id, [serial])
        found = await known.tables.rows(MESSAGE, known.program_id, (date, serial - 1), 1)
        if not found or MESSAGE.key_of(found[0]) != (date, serial):
            return []  # it has been erased, or retention has ended
        if found[0] == row:
            return _mismatches(known.program_id, soundness.held_of(row), entries.get(serial, []))
        row = found[0]
    return []


async def _entries(tables: Tables, program_id: int, serials: list[int]) -> dict[int, list[Row]]:
    entries: dict[int, list[Row]] = {}
    for entry in await tables.history(program_id, serials) if serials else []:
        entries.setdefault(entry[0], []).append(entry)
    return entries


async def _history(known: _Reading) -> None:
    """Every entry has a message: it is read after the messages, and leaves with its own."""
    after = HISTORY.lowest
    while rows := await known.tables.rows(HISTORY, known.program_id, after, STEP):
        after = HISTORY.key_of(rows[-1])
        await _count_on(known, max(map(HISTORY.change_of, rows)))
        for row in rows:
            known.history += 1
            serial, change = HISTORY.key_of(row)
            _draw(known, change, None, serial)
            _require_drawn(known, change, None, serial)
            is_old = serial <= known.began_at and known.has_all_serials
            if is_old and serial not in known.serials:
                mismatch = Mismatch("history", "a message of this serial", "history without one")
                known.add(mismatch, serial=serial)


async def _tombstones(known: _Reading) -> None:
    """No message is there that was erased; one that came later under its id may be."""
    after = TOMBSTONE.lowest
    while rows := await known.tables.rows(TOMBSTONE, known.program_id, after, STEP):
        after = TOMBSTONE.key_of(rows[-1])
        await _count_on(known, TOMBSTONE.change_of(rows[-1]))
        erased = {message_id: change for change, message_id, _ in rows}
        for change, message_id, _ in rows:
            known.tombstones += 1
            _draw(known, change, message_id, None)
            _require_drawn(known, change, message_id, None)
        for _, serial, message_id in await known.tables.under(known.program_id, [*erased]):
            if serial < erased[message_id]:
                mismatch = Mismatch("tombstone", "no message that was erased", "the message")
                known.add(mismatch, message_id=message_id, serial=serial)


async def _counts(known: _Reading) -> None:
    """Hours and days, each day in one statement, which sees counts and messages of one moment."""
    after = LOWEST
    while (date := await known.tables.next_counted(known.program_id, after)) is not None:
        day = date // DAY * DAY
        for row in await known.tables.differing_counts(known.program_id, day, day + DAY):
            period, start, kind, status, network, *figures = row
            what = f"{period} {_date(start)} {kind} {status} {network or '(no network)'}"
            mismatch = Mismatch("counts", f"{what}: {_told(figures[3:])}", _told(figures[:3]))
            known.add(mismatch)
        after = day + DAY


def _told(figures: list[int]) -> str:
    messages, segments, segmented = figures
    return f"{messages} messages, {segments} segments of {segmented}"


def _date(start: int) -> str:
    try:
        return render_seconds(start)
    except (OverflowError, ValueError):
        return str(start)


def _draw(known: _Reading, number: int, message_id: str | None, serial: int | None) -> None:
    if not known.numbers.add(number):
        mismatch = Mismatch("number", f"number {number} once", "it again")
        known.add(mismatch, message_id=message_id, serial=serial)


async def _count_on(known: _Reading, number: int) -> None:
    """Read the counter again if a number is beyond it: others draw numbers meanwhile."""
    if number > known.last:
        [(_, known.last)] = await known.tables.rows(COUNTER, None, (known.program_id - 1,), 1)


def _require_drawn(
    known: _Reading, number: int, message_id: str | None, serial: int | None
) -> None:
    if number > known.last:
        mismatch = Mismatch("counter", f"a counter of {number} or more", str(known.last))
        known.add(mismatch, message_id=message_id, serial=serial)

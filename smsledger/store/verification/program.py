"""The checks of one program: its messages, their history, tombstones and counts."""

import msgspec

from smsledger.ledger.instant import DAY, render_seconds
from smsledger.store import message_checks
from smsledger.store.message_checks import Mismatch
from smsledger.store.stages import StageProgress
from smsledger.store.stored_message import StoredMessage
from smsledger.store.tables import COUNTER, HISTORY, LOWEST, MESSAGE, TOMBSTONE, Row, Tables
from smsledger.store.verification.bitmap import Bitmap
from smsledger.store.verification.findings import Findings
from smsledger.store.verification.reading import report_unreadable, steps

STEP = 2000
MESSAGES = "verified"
_TRIES = 5


class ProgramVerified(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a program was read. `unchecked` messages have no check value yet."""

    program: int
    messages: int
    unchecked: int
    history: int
    tombstones: int


class _State(msgspec.Struct, kw_only=True):
    """What is known of a program so far.

    `began_at` is its counter at the beginning, `last` the latest one that was read. `serials` are
    those of messages; `numbers` are all that were drawn, each for one thing only.
    """

    tables: Tables
    program_id: int
    began_at: int
    last: int
    findings: Findings
    serials: Bitmap = msgspec.field(default_factory=Bitmap)
    numbers: Bitmap = msgspec.field(default_factory=Bitmap)
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


async def verify_program(
    tables: Tables, program_id: int, last: int, findings: Findings, progress: StageProgress
) -> ProgramVerified:
    """Check a program whose counter was at `last` a moment ago."""
    state = _State(
        tables=tables, program_id=program_id, began_at=last, last=last, findings=findings
    )
    with report_unreadable(findings, program_id, "messages"):
        await _messages(state, progress)
    with report_unreadable(findings, program_id, "history"):
        await _history(state)
    with report_unreadable(findings, program_id, "tombstones"):
        await _tombstones(state)
    with report_unreadable(findings, program_id, "counts"):
        await _counts(state)
    return ProgramVerified(
        program=program_id,
        messages=state.messages,
        unchecked=state.unchecked,
        history=state.history,
        tombstones=state.tombstones,
    )


async def check_totals(tables: Tables, program_id: int, last: int, findings: Findings) -> None:
    """Check a program's counter, tombstones and counts, but not each of its messages."""
    state = _State(
        tables=tables, program_id=program_id, began_at=last, last=last, findings=findings
    )
    with report_unreadable(findings, program_id, "the index of changes"):
        await _beyond_counter(state)
    with report_unreadable(findings, program_id, "tombstones"):
        await _tombstones(state)
    with report_unreadable(findings, program_id, "counts"):
        await _counts(state)


async def _beyond_counter(state: _State) -> None:
    """No message has changed after the counter's number."""
    for row in await state.tables.changed(state.program_id, state.last, 1):
        stored = message_checks.message_of(row)
        await _refresh_counter(state, stored.change)
        _require_below_counter(state, stored.change, stored.id, stored.serial)


async def _messages(state: _State, progress: StageProgress) -> None:
    async for rows in steps(state.tables, MESSAGE, state.program_id, STEP):
        await _check_messages(state, rows)
        progress.advance(MESSAGES, len(rows))
    state.has_all_serials = True


async def _check_messages(state: _State, rows: list[Row]) -> None:
    messages = [message_checks.message_of(row) for row in rows]
    serials = [stored.serial for stored in messages]
    entries = await _entries(state.tables, state.program_id, serials)
    await _refresh_counter(state, max(max(stored.serial, stored.change) for stored in messages))
    for row, stored in zip(rows, messages, strict=True):
        state.messages += 1
        state.unchecked += stored.check_value is None
        state.serials.add(stored.serial)
        _require_unique(state, stored.serial, stored.id, stored.serial)
        _require_below_counter(state, max(stored.serial, stored.change), stored.id, stored.serial)
        if _mismatches(state.program_id, stored, entries.get(stored.serial, [])):
            for mismatch in await _confirmed(state, row):
                state.add(mismatch, message_id=stored.id, serial=stored.serial)


async def check_settled(
    tables: Tables, program_id: int, rows: list[Row], findings: Findings
) -> None:
    """Check messages that do not change during the check, such as those of a copy."""
    messages = [message_checks.message_of(row) for row in rows]
    entries = await _entries(tables, program_id, [stored.serial for stored in messages])
    for stored in messages:
        for mismatch in _mismatches(program_id, stored, entries.get(stored.serial, [])):
            findings.add(mismatch, program=program_id, message_id=stored.id, serial=stored.serial)


def _mismatches(program_id: int, stored: StoredMessage, entries: list[Row]) -> list[Mismatch]:
    row = message_checks.row_mismatches(program_id, stored)
    return [*row, *message_checks.history_mismatches(stored, entries)]


async def _confirmed(state: _State, row: Row) -> list[Mismatch]:
    """Read the message and its history until two readings agree; return the mismatches."""
    date, serial = MESSAGE.key_of(row)
    for _ in range(_TRIES):
        entries = await _entries(state.tables, state.program_id, [serial])
        found = await state.tables.rows(MESSAGE, state.program_id, (date, serial - 1), 1)
        if not found or MESSAGE.key_of(found[0]) != (date, serial):
            return []  # it has been erased, or retention has ended
        if found[0] == row:
            return _mismatches(
                state.program_id, message_checks.message_of(row), entries.get(serial, [])
            )
        row = found[0]
    return []


async def _entries(tables: Tables, program_id: int, serials: list[int]) -> dict[int, list[Row]]:
    entries: dict[int, list[Row]] = {}
    for entry in await tables.history(program_id, serials) if serials else []:
        entries.setdefault(entry[0], []).append(entry)
    return entries


async def _history(state: _State) -> None:
    """Every entry has a message: it is read after the messages, and leaves with its own."""
    async for rows in steps(state.tables, HISTORY, state.program_id, STEP):
        await _refresh_counter(state, max(map(HISTORY.change_of, rows)))
        for row in rows:
            state.history += 1
            serial, change = HISTORY.key_of(row)
            _require_unique(state, change, None, serial)
            _require_below_counter(state, change, None, serial)
            is_old = serial <= state.began_at and state.has_all_serials
            if is_old and serial not in state.serials:
                mismatch = Mismatch("history", "a message of this serial", "history without one")
                state.add(mismatch, serial=serial)


async def _tombstones(state: _State) -> None:
    """No message is there that was erased; one that came later under its id may be."""
    async for rows in steps(state.tables, TOMBSTONE, state.program_id, STEP):
        await _refresh_counter(state, TOMBSTONE.change_of(rows[-1]))
        erased = {message_id: change for change, message_id, _ in rows}
        for change, message_id, _ in rows:
            state.tombstones += 1
            _require_unique(state, change, message_id, None)
            _require_below_counter(state, change, message_id, None)
        for _, serial, message_id in await state.tables.under(state.program_id, [*erased]):
            if serial < erased[message_id]:
                mismatch = Mismatch("tombstone", "no message that was erased", "the message")
                state.add(mismatch, message_id=message_id, serial=serial)


async def _counts(state: _State) -> None:
    """Hours and days, each day in one statement, which sees counts and messages of one moment."""
    after = LOWEST
    while (date := await state.tables.next_counted(state.program_id, after)) is not None:
        day = date // DAY * DAY
        for row in await state.tables.differing_counts(state.program_id, day, day + DAY):
            period, start, kind, status, network, *figures = row
            what = f"{period} {_date(start)} {kind} {status} {network or '(no network)'}"
            mismatch = Mismatch("counts", f"{what}: {_figures(figures[3:])}", _figures(figures[:3]))
            state.add(mismatch)
        after = day + DAY


def _figures(figures: list[int]) -> str:
    messages, segments, segmented = figures
    return f"{messages} messages, {segments} segments of {segmented}"


def _date(start: int) -> str:
    try:
        return render_seconds(start)
    except (OverflowError, ValueError):
        return str(start)


def _require_unique(state: _State, number: int, message_id: str | None, serial: int | None) -> None:
    if not state.numbers.add(number):
        mismatch = Mismatch("number", f"number {number} once", "it again")
        state.add(mismatch, message_id=message_id, serial=serial)


async def _refresh_counter(state: _State, number: int) -> None:
    """Read the counter again if a number is beyond it: a writer may have advanced it."""
    if number > state.last:
        [(_, state.last)] = await state.tables.rows(COUNTER, None, (state.program_id - 1,), 1)


def _require_below_counter(
    state: _State, number: int, message_id: str | None, serial: int | None
) -> None:
    if number > state.last:
        mismatch = Mismatch("counter", f"a counter of {number} or more", str(state.last))
        state.add(mismatch, message_id=message_id, serial=serial)

"""Copies what can be read of a damaged ledger to an empty one, and lists what cannot.

    admit -> check the source -> claim -> messages with their histories -> the other tables
          -> seal, with a new epoch -> compare with the counts of the source

The copy lacks messages that the source has sent to clients. Its new epoch makes clients load
everything again, so that none continues past the missing messages.
"""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from smsledger.errors import StoreDamaged
from smsledger.ledger import instant
from smsledger.ledger.model import DeliveryStatus
from smsledger.store.check_value import check_value_of
from smsledger.store.copying.admission import admit_as_new
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.stages import StageProgress
from smsledger.store.stored_message import HistoryEntry, StoredMessage
from smsledger.store.tables import (
    CONSENT,
    CONSENT_WORDS,
    EXPORT_LOG,
    HISTORY,
    LOWEST,
    MESSAGE,
    ORPHAN,
    TOMBSTONE,
    UNROUTED,
    Row,
    Snapshot,
    Table,
    Tables,
    Writing,
)
from smsledger.store.verification import Finding, Findings, check_totals

BRINGING = "copied"
LOST = "the history was lost with a damaged page"
_OF_PROGRAMS = (TOMBSTONE, ORPHAN, CONSENT)
_OF_NONE = (UNROUTED, EXPORT_LOG)


class MissingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One or several rows that could not be read, with their known columns or their place."""

    program: int | None
    table: str
    row: dict[str, object]


class Salvaged(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome: the epoch of the copy, its messages by program, and what it lacks.

    `lacking` is the number of messages that the counts of the source contain and the copy lacks, by
    program. It is None for a program whose counts cannot be read. Programs that lack nothing are
    left out. `findings` are the failed checks of whole programs in the source.

    If rows of consent are missing, a rebuild is due in the copy. It finds the opt-outs and opt-ins
    whose messages are stored.
    """

    epoch: str
    programs: dict[int, int]
    missing: list[MissingRow]
    lacking: dict[int, int | None]
    findings: list[Finding]

    @property
    def missing_consent(self) -> int:
        """Return the number of missing rows or blocks of consent."""
        return sum(row.table == CONSENT.name for row in self.missing)

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is known to be missing, and no check failed."""
        return not (self.missing or self.lacking or self.findings)


async def salvage(source: Tables, target: Tables, progress: StageProgress) -> Salvaged:
    """Copy what can be read of a damaged ledger to an empty one.

    Raises:
        Refused: the target is not empty. It is unchanged.
        StoreDamaged: the tables of programs and credentials, or the counters, cannot be read.
        Unfit: the target cannot store a row. It stays unfinished.
        Unavailable: a store cannot be reached. The target stays unfinished.
    """
    backup_at = await admit_as_new(source, target)
    epoch = secrets.token_hex(8)
    snapshot = await source.snapshot()
    findings = Findings()
    await check_totals(source, findings, progress)
    await target.claim(epoch)
    salvaging = _Salvaging(source, target)
    programs: dict[int, int] = {}
    counted: dict[int, dict[int, int] | None] = {}
    for program_id, last in _counters(snapshot).items():
        counted[program_id] = await _counted(source, program_id)
        programs[program_id] = await salvaging.messages(program_id, progress)
        for table in _OF_PROGRAMS:
            await salvaging.table(table, program_id)
        counter = (0, max(last, salvaging.highest))
        await target.write(Writing(program_id=program_id, counter=counter))
    for table in _OF_NONE:
        await salvaging.table(table, None)
    lacks_consent = any(row.table == CONSENT.name for row in salvaging.missing)
    await target.refer(_with_rebuild_due(snapshot) if lacks_consent else snapshot)
    await target.seal(epoch, backup_at)
    return Salvaged(
        epoch=epoch,
        programs=programs,
        missing=salvaging.missing,
        lacking=await _lacking(target, counted),
        # What cannot be read is among `missing`, unless it was read without an index.
        findings=[finding for finding in findings.listed if finding.check != "readable"],
    )


def _counters(snapshot: Snapshot) -> dict[int, int]:
    """Return the counters of all programs, 0 for one whose counter is lost."""
    ids = (NO_PROGRAM, *(row[0] for row in snapshot.reference["program"]))
    return dict.fromkeys(ids, 0) | snapshot.counters


def _with_rebuild_due(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot of a ledger in which a rebuild of consent is due, as of now at latest."""
    name, now = CONSENT_WORDS.name, instant.now()
    rows: list[Row] = [(words, due or now) for words, due in snapshot.reference[name]]
    return msgspec.structs.replace(snapshot, reference=snapshot.reference | {name: rows})


async def _counted(tables: Tables, program_id: int) -> dict[int, int] | None:
    """Return the messages of each day by the counts, or None if the counts cannot be read."""
    try:
        return await tables.counted_days(program_id)
    except StoreDamaged:
        return None


async def _lacking(
    target: Tables, counted: dict[int, dict[int, int] | None]
) -> dict[int, int | None]:
    """Return how many messages the target lacks by the counts of the source; see `Salvaged`."""
    lacking: dict[int, int | None] = {}
    for program_id, days in counted.items():
        if days is None:
            lacking[program_id] = None
            continue
        copied = await target.counted_days(program_id)
        if number := sum(max(0, days[day] - copied.get(day, 0)) for day in days):
            lacking[program_id] = number
    return lacking


class _Salvaging:
    """The two ledgers, and the rows found missing so far.

    `highest` is the highest number among the copied rows of the latest program.
    """

    def __init__(self, source: Tables, target: Tables) -> None:
        self._source = source
        self._target = target
        self.missing: list[MissingRow] = []
        self.highest = 0

    async def messages(self, program_id: int, progress: StageProgress) -> int:
        """Copy the messages of a program with their histories; return their number."""
        count = self.highest = 0
        async for rows in self._rows(MESSAGE, program_id):
            sound: list[Row] = []
            unsound: list[Row] = []
            for row in rows:
                (sound if is_sound(program_id, row) else unsound).append(row)
            self._lack(MESSAGE, program_id, unsound)
            entries = await self._history(program_id, sound)
            progress.expect(BRINGING, len(sound))
            await self._write(program_id, (MESSAGE, sound), (HISTORY, entries))
            progress.advance(BRINGING, len(sound))
            count += len(sound)
        return count

    async def table(self, table: Table, program_id: int | None) -> None:
        """Copy the rows of another table."""
        async for rows in self._rows(table, program_id):
            await self._write(program_id, (table, rows))

    async def _rows(self, table: Table, program_id: int | None) -> AsyncIterator[list[Row]]:
        async for step in self._source.readable(table, program_id):
            self._note(table, program_id, step.missing)
            yield step.rows

    async def _history(self, program_id: int, messages: list[Row]) -> list[Row]:
        """Return the history of the messages; if it is lost, an entry that says so."""
        serials = [_of(row, "serial") for row in messages]
        try:
            return await self._source.history(program_id, serials) if serials else []
        except StoreDamaged:
            entries: list[Row] = []
            for row in messages:
                entries += await self._history_of(program_id, row)
            return entries

    async def _history_of(self, program_id: int, message: Row) -> list[Row]:
        try:
            return await self._source.history(program_id, [_of(message, "serial")])
        except StoreDamaged:
            self._note(HISTORY, program_id, [{"serial": _of(message, "serial")}])
            return lost_history(message)

    def _lack(self, table: Table, program_id: int, rows: list[Row]) -> None:
        names = ("id", *table.key)
        self._note(table, program_id, [{name: _of(row, name) for name in names} for row in rows])

    def _note(self, table: Table, program_id: int | None, rows: list[dict[str, object]]) -> None:
        for row in rows:
            # A block may contain rows of several programs.
            program = None if "block" in row else program_id
            missing = MissingRow(program=program, table=table.name, row=row)
            if program is not None or missing not in self.missing:
                self.missing.append(missing)

    async def _write(self, program_id: int | None, *rows: tuple[Table, list[Row]]) -> None:
        for table, some in rows:
            self.highest = max(self.highest, *map(table.change_of, some), LOWEST)
        await self._target.write(Writing(program_id=program_id, rows=list(rows)))


def is_sound(program_id: int, row: Row) -> bool:
    """Return whether the check value of a message's row is correct or absent."""
    try:
        stored = msgspec.convert(dict(zip(MESSAGE.columns, row, strict=True)), StoredMessage)
    except msgspec.ValidationError:
        return False
    return stored.check_value in (None, check_value_of(program_id, stored))


def lost_history(message: Row) -> list[Row]:
    """Return a history for a message whose own is lost: one entry with its current status.

    A message without changes after it was stored has no history.
    """
    if _of(message, "change") == _of(message, "serial"):
        return []
    entry = HistoryEntry(
        serial=_of(message, "serial"),
        change=_of(message, "change"),
        delivery_status=DeliveryStatus(_of(message, "delivery_status")),
        date=None,
        recorded_at=_of(message, "updated_at"),
        network=_of(message, "network"),
        gateway=_of(message, "gateway"),
        error_code=_of(message, "error_code"),
        text=LOST,
        raw=None,
    )
    return [msgspec.structs.astuple(entry)]


def _of(row: Row, column: str) -> Any:
    return row[MESSAGE.columns.index(column)]

"""Copies a ledger to another store, on either engine: `smsledger copy`.

    admit -> check the source -> claim -> copy passes, while there are changes -> verify
          -> reference tables -> seal

A copy contains only the rows that the source still has, and gets new counts. So the counters,
tombstones and counts of the source are checked first. Otherwise a lost message would be missing in
a copy that is called verified.

The source may be in use: each step reads few rows, and a pass copies what has changed since the
pass before. From the first write to the seal, the target is marked as unfinished, and no server
uses it.
"""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from smsledger.store.copying import messages
from smsledger.store.copying.admission import Admitted, Refused, admit
from smsledger.store.copying.comparison import Different, Part, alike
from smsledger.store.postgres.copying import PostgresTables
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.sqlite import path_of
from smsledger.store.sqlite.copying import SqliteTables
from smsledger.store.stages import StageProgress
from smsledger.store.tables import (
    CONSENT,
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
    Written,
)
from smsledger.store.url import engine_of
from smsledger.store.verification import (
    CHECKING,
    Findings,
    check_settled,
    check_totals,
    sentence,
)

__all__ = [
    "STAGES",
    "Copied",
    "Different",
    "ProgramCopied",
    "Refused",
    "SourceDamaged",
    "copy",
    "open_tables",
]

# Each pass over a source in use leaves fewer changes behind. Some may always remain.
PASSES = 3
# The stages of a copy.
BRINGING = "copied"
VERIFYING = "verified"
STAGES = (CHECKING, BRINGING, VERIFYING)
_encode = msgspec.msgpack.encode


class SourceDamaged(Exception):
    """The source is damaged. `findings` names what is wrong."""

    def __init__(self, findings: Findings) -> None:
        super().__init__("\n".join(map(sentence, findings.listed)))
        self.findings = findings


class ProgramCopied(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of rows of a program, equal in source and target, with the digest of all rows.

    `last` is the program's counter in the copy. The copy has no later changes of the source.
    """

    program: int
    last: int
    messages: int
    history: int
    orphans: int
    tombstones: int
    consent: int
    digest: str


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a copy.

    `messages` is the number of messages copied in this run. `complete` is false if the source was
    written during the copy: another run then copies the rest.
    """

    epoch: str
    messages: int
    unrouted: int
    programs: list[ProgramCopied]
    complete: bool


async def open_tables(url: str) -> Tables:
    """Open the tables of the ledger at a URL.

    Raises:
        ValueError: no engine has that scheme.
        Unavailable: the ledger cannot be reached.
    """
    if engine_of(url) == "sqlite":
        return SqliteTables(path_of(url))
    return await PostgresTables.open(url)


async def copy(source: Tables, target: Tables, progress: StageProgress) -> Copied:
    """Make the target equal to the source, as of a moment during this call.

    Raises:
        Refused: the source cannot be copied into the target. The target is unchanged.
        SourceDamaged: a check of the source failed. If it was a check of whole programs, the
            target is unchanged, else unfinished.
        Different, Unfit, Written: the target is unfinished, if anything was written; see each.
        Unavailable: likewise. The next call continues where this one stopped.
    """
    admitted = await admit(source, target)
    findings = Findings()
    await check_totals(source, findings, progress)
    _require_none(findings)
    await target.claim(admitted.epoch)
    reached, brought = admitted.reached, 0
    for _ in range(PASSES):
        snapshot = await source.snapshot()
        some = await _bring(source, target, snapshot, reached, progress)
        brought += some
        if not some:
            break
    waiting = await _count_outside_programs(source, target)
    programs = await _verify(source, target, snapshot, reached, progress, findings)
    _require_none(findings)
    await _refer(target, snapshot, reached)
    await _seal(target, admitted)
    return Copied(
        epoch=admitted.epoch,
        messages=brought,
        unrouted=waiting,
        programs=programs,
        complete=await source.snapshot() == snapshot,
    )


def _require_none(findings: Findings) -> None:
    if findings.total:
        raise SourceDamaged(findings)


async def _bring(
    source: Tables,
    target: Tables,
    snapshot: Snapshot,
    reached: dict[int, int],
    progress: StageProgress,
) -> int:
    """Copy the changes of every program; return the number of messages.

    `reached` maps each program to its last copied number, and is updated.
    """
    brought = 0
    for program_id in snapshot.counters:
        progress.expect(BRINGING, await source.count(program_id, reached.setdefault(program_id, 0)))
    for program_id, last in snapshot.counters.items():
        before = reached[program_id]
        async for batch in messages.bring(source, target, program_id, before, last):
            reached[program_id] = batch.reached
            progress.advance(BRINGING, len(batch.messages))
            brought += len(batch.messages)
    return brought


async def _verify(
    source: Tables,
    target: Tables,
    snapshot: Snapshot,
    reached: dict[int, int],
    progress: StageProgress,
    findings: Findings,
) -> list[ProgramCopied]:
    """Compare all programs; return the results, without deleted programs that have no rows."""
    for program_id in snapshot.counters:
        progress.expect(VERIFYING, await source.count(program_id, 0))
    programs = [
        await _verify_program(source, target, program_id, reached[program_id], progress, findings)
        for program_id in snapshot.counters
    ]
    existing = {row[0] for row in snapshot.reference["program"]}
    return [
        program
        for program in programs
        if program.program in existing
        or any((program.messages, program.history, program.orphans, program.tombstones))
    ]


async def _verify_program(
    source: Tables,
    target: Tables,
    program_id: int,
    last: int,
    progress: StageProgress,
    findings: Findings,
) -> ProgramCopied:
    digest = hashlib.sha256()

    async def check(rows: list[Row]) -> None:
        """Check rows that are equal in both; no other process writes the target."""
        await check_settled(target, program_id, rows, findings)
        progress.advance(VERIFYING, len(rows))

    def part(table: Table, *, overwrite: bool = False) -> Part:
        return Part(table=table, program_id=program_id, through=last, overwrite=overwrite)

    return ProgramCopied(
        program=program_id,
        last=last,
        messages=await _count(source, target, part(MESSAGE), digest, check),
        history=await _count(source, target, part(HISTORY), digest),
        orphans=await _count(source, target, part(ORPHAN, overwrite=True), digest),
        tombstones=await _count(source, target, part(TOMBSTONE), digest),
        consent=await _count(source, target, part(CONSENT, overwrite=True), digest),
        digest=digest.hexdigest(),
    )


async def _count_outside_programs(source: Tables, target: Tables) -> int:
    """Compare the tables that belong to no program; return the number of unrouted messages."""

    async def count(table: Table, program_id: int | None = None) -> int:
        part = Part(table=table, program_id=program_id, through=LOWEST, overwrite=True)
        return await _count(source, target, part, hashlib.sha256())

    await count(EXPORT_LOG)
    await count(CONSENT, NO_PROGRAM)
    return await count(UNROUTED)


async def _count(
    source: Tables,
    target: Tables,
    part: Part,
    digest: "hashlib._Hash",
    check: Callable[[list[Row]], Awaitable[None]] | None = None,
) -> int:
    """Compare a part, add its rows to the digest, and return their number."""
    count = 0
    async for rows in alike(source, target, part):
        digest.update(b"".join(map(_encode, rows)))
        count += len(rows)
        if check is not None:
            await check(rows)
    return count


async def _refer(target: Tables, snapshot: Snapshot, reached: dict[int, int]) -> None:
    """Copy programs, credentials and the other small tables, and compare them."""
    copied = await target.snapshot()
    if _small(copied) != _small(snapshot):
        await target.refer(snapshot)
        copied = await target.snapshot()
    if _small(copied) != _small(snapshot):
        raise Different("programs or credentials differ in the target")
    if any(copied.counters.get(program_id, 0) != last for program_id, last in reached.items()):
        raise Written


def _small(snapshot: Snapshot) -> tuple[object, ...]:
    return snapshot.last_program_id, snapshot.reference


async def _seal(target: Tables, admitted: Admitted) -> None:
    """Mark the copy as complete, unless it is marked already.

    A copy of a backup is a backup too: `restored` or `moved` must be run on it, as on its source.
    """
    standing = await target.standing()
    marks = (standing.epoch, standing.copy_of, standing.backup_at is None)
    if marks != (admitted.epoch, None, admitted.backup_at is None):
        await target.seal(admitted.epoch, admitted.backup_at)

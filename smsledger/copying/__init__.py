"""One ledger -> another, on whatever engines: what `smsledger copy` does.

    admit -> claim -> pass, again while something comes -> verify -> reference tables -> seal

The source may be in use: each step reads little, and a pass brings what has changed since the one
before. From the first thing that is written to the seal the target says that it is unfinished,
and no server takes it.
"""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from smsledger.copying import messages
from smsledger.copying.admission import Admitted, Refused, admit
from smsledger.copying.comparison import Different, Part, alike
from smsledger.stages import StageProgress
from smsledger.store.engine import engine_of
from smsledger.store.postgres.copying import PostgresTables
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.sqlite import path_of
from smsledger.store.sqlite.copying import SqliteTables
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
from smsledger.verification import Findings, check_settled, sentence

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

# A pass over a source in use leaves a little, the next one less; it never need be nothing.
PASSES = 3
# The stages of a copy.
BRINGING = "copied"
VERIFYING = "verified"
STAGES = (BRINGING, VERIFYING)
_encode = msgspec.msgpack.encode


class SourceDamaged(Exception):
    """What was copied is damaged, in the source already. `findings` say which messages."""

    def __init__(self, findings: Findings) -> None:
        super().__init__("\n".join(map(sentence, findings.listed)))
        self.findings = findings


class ProgramCopied(msgspec.Struct, frozen=True, kw_only=True):
    """What both ends have of a program, row by row alike; `digest` is over all of it.

    `last` is the program's counter: later numbers of the source are not in the copy.
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
    """What became of a copy.

    `messages` is how many came over in this run. `complete`: the source has nothing that the copy
    has not; else it was written meanwhile, and another run brings the rest.
    """

    epoch: str
    messages: int
    unrouted: int
    programs: list[ProgramCopied]
    complete: bool


async def open_tables(url: str) -> Tables:
    """The tables of the ledger at a URL.

    Raises:
        ValueError: no engine has that scheme.
        Unavailable: it cannot be reached.
    """
    if engine_of(url) == "sqlite":
        return SqliteTables(path_of(url))
    return await PostgresTables.open(url)


async def copy(source: Tables, target: Tables, progress: StageProgress) -> Copied:
    """Make the target the ledger that the source is, as of a moment during this call.

    Raises:
        Refused: the target is none for this source; it is as it was.
        SourceDamaged: a message is damaged; the target is unfinished.
        Different, Unfit, Written: the target is unfinished, if anything was written; see each.
        Unavailable: likewise; the same again goes on where this ended.
    """
    admitted = await admit(source, target)
    await target.claim(admitted.epoch)
    reached, brought = admitted.reached, 0
    for _ in range(PASSES):
        snapshot = await source.snapshot()
        some = await _bring(source, target, snapshot, reached, progress)
        brought += some
        if not some:
            break
    waiting = await _count_outside_programs(source, target)
    findings = Findings()
    programs = await _verify(source, target, snapshot, reached, progress, findings)
    if findings.total:
        raise SourceDamaged(findings)
    await _refer(target, snapshot, reached)
    await _seal(target, admitted)
    return Copied(
        epoch=admitted.epoch,
        messages=brought,
        unrouted=waiting,
        programs=programs,
        complete=await source.snapshot() == snapshot,
    )


async def _bring(
    source: Tables,
    target: Tables,
    snapshot: Snapshot,
    reached: dict[int, int],
    progress: StageProgress,
) -> int:
    """Bring what has changed in every program; how many messages. Keeps `reached` up to date."""
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
    """What both have of every program, deleted ones that have left nothing aside."""
    for program_id in snapshot.counters:
        progress.expect(VERIFYING, await source.count(program_id, 0))
    programs = [
        await _verify_program(source, target, program_id, reached[program_id], progress, findings)
        for program_id in snapshot.counters
    ]
    there = {row[0] for row in snapshot.reference["program"]}
    return [
        each
        for each in programs
        if each.program in there
        or any((each.messages, each.history, each.orphans, each.tombstones))
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
        """The rows are those of both ends; nobody else writes the target."""
        await check_settled(target, program_id, rows, findings)
        progress.advance(VERIFYING, len(rows))

    def part(table: Table, *, mended: bool = False) -> Part:
        return Part(table=table, program_id=program_id, through=last, mended=mended)

    return ProgramCopied(
        program=program_id,
        last=last,
        messages=await _count(source, target, part(MESSAGE), digest, check),
        history=await _count(source, target, part(HISTORY), digest),
        orphans=await _count(source, target, part(ORPHAN, mended=True), digest),
        tombstones=await _count(source, target, part(TOMBSTONE), digest),
        consent=await _count(source, target, part(CONSENT, mended=True), digest),
        digest=digest.hexdigest(),
    )


async def _count_outside_programs(source: Tables, target: Tables) -> int:
    """How many unrouted messages both have; what they say, and the log of exports, is alike too."""

    async def count(table: Table, program_id: int | None = None) -> int:
        part = Part(table=table, program_id=program_id, through=LOWEST, mended=True)
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
    """How many rows both have alike, all of them; they go into the digest."""
    count = 0
    async for rows in alike(source, target, part):
        digest.update(b"".join(map(_encode, rows)))
        count += len(rows)
        if check is not None:
            await check(rows)
    return count


async def _refer(target: Tables, snapshot: Snapshot, reached: dict[int, int]) -> None:
    """Bring programs, credentials and all that is as small, and see that they have come."""
    come = await target.snapshot()
    if _small(come) != _small(snapshot):
        await target.refer(snapshot)
        come = await target.snapshot()
    if _small(come) != _small(snapshot):
        raise Different("what programs and credentials there are is another in the target")
    if any(come.counters.get(program_id, 0) != last for program_id, last in reached.items()):
        raise Written


def _small(snapshot: Snapshot) -> tuple[object, ...]:
    return snapshot.last_program_id, snapshot.reference


async def _seal(target: Tables, admitted: Admitted) -> None:
    """Say that the copy is complete, where that is not said already.

    A copy of a backup is a backup too: it awaits `restored` or `moved` as its source did.
    """
    standing = await target.standing()
    said = (standing.epoch, standing.copy_of, standing.backup_at is None)
    if said != (admitted.epoch, None, admitted.backup_at is None):
        await target.seal(admitted.epoch, admitted.backup_at)

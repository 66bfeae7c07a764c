"""Checks a ledger for damage while servers write: `smsledger verify`, on both engines.

    integrity check of the engine -> for each program: messages -> history -> tombstones -> counts
        -> the other tables

Everything is read in short steps. If a change between two steps could explain a finding, the rows
are read again before it is reported.
"""

import msgspec

from smsledger.store.message_checks import Mismatch
from smsledger.store.stages import StageProgress
from smsledger.store.tables import Integrity, Snapshot, Tables
from smsledger.store.verification import program
from smsledger.store.verification.findings import Finding, Findings, sentence
from smsledger.store.verification.program import (
    MESSAGES,
    ProgramVerified,
    check_settled,
    verify_program,
)
from smsledger.store.verification.reading import read_others, report_unreadable

__all__ = [
    "CHECKING",
    "INTEGRITY",
    "STAGES",
    "Finding",
    "Findings",
    "ProgramVerified",
    "Verified",
    "check_settled",
    "check_totals",
    "sentence",
    "verify",
]

INTEGRITY = "integrity"
CHECKING = "checked"
STAGES = (INTEGRITY, MESSAGES)


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome. `findings` are the first ones, `more` says how many are not listed.

    `error` is why the ledger could not be read, else None.
    """

    sound: bool
    integrity: Integrity
    programs: list[ProgramVerified]
    findings: list[Finding]
    more: int
    error: str | None = None


async def verify(tables: Tables, progress: StageProgress) -> Verified:
    """Check a ledger.

    Raises:
        Unavailable: it cannot be reached.
    """
    findings = Findings()
    progress.expect(INTEGRITY, 1)
    integrity = await tables.integrity()
    for problem in integrity.problems:
        findings.add(Mismatch("integrity", "a sound file or database", problem))
    progress.advance(INTEGRITY, 1)
    programs: list[ProgramVerified] = []
    with report_unreadable(findings, None, "programs and counters"):
        programs = await _programs(tables, findings, progress)
    return Verified(
        sound=not findings.total,
        integrity=integrity,
        programs=programs,
        findings=findings.listed,
        more=findings.more,
    )


async def check_totals(tables: Tables, findings: Findings, progress: StageProgress) -> None:
    """Check the counters, tombstones and counts of all programs, but not each message.

    A copy needs these checks too: it reads only rows that are there, and counts them again.
    """
    with report_unreadable(findings, None, "programs and counters"):
        snapshot = await tables.snapshot()
        _check_beginnings(snapshot, findings)
        progress.expect(CHECKING, len(snapshot.counters))
        for program_id, last in snapshot.counters.items():
            await program.check_totals(tables, program_id, last, findings)
            progress.advance(CHECKING, 1)


async def _programs(
    tables: Tables, findings: Findings, progress: StageProgress
) -> list[ProgramVerified]:
    snapshot = await tables.snapshot()
    _check_beginnings(snapshot, findings)
    for program_id in snapshot.counters:
        with report_unreadable(findings, program_id, "the index of changes"):
            progress.expect(MESSAGES, await tables.count(program_id, 0))
    verified = [
        await verify_program(tables, program_id, last, findings, progress)
        for program_id, last in snapshot.counters.items()
    ]
    await read_others(tables, snapshot, findings, program.STEP)
    return verified


def _check_beginnings(snapshot: Snapshot, findings: Findings) -> None:
    """Each program has a counter, which is not below the number that the program began with."""
    for program_id, *_, since in snapshot.reference["program"]:
        last = snapshot.counters.get(program_id)
        if last is None or last < since:
            found = "none" if last is None else str(last)
            mismatch = Mismatch("counter", f"a counter of {since} or more", found)
            findings.add(mismatch, program=program_id)

"""Whether a ledger is sound: what `smsledger verify` does, on any engine, while servers write.

    integrity check of the engine -> for each program: messages -> history -> tombstones -> counts

Everything is read in short steps. A step may be older than the next one, so a finding that a
change in between could explain is looked at again before it is reported.
"""

from typing import Protocol

import msgspec

from smsledger.store.soundness import Mismatch
from smsledger.store.tables import Integrity, Tables
from smsledger.verification.findings import Finding, Findings, more, sentence
from smsledger.verification.program import (
    MESSAGES,
    ProgramVerified,
    check_settled,
    reading,
    verify_program,
)

__all__ = [
    "INTEGRITY",
    "STAGES",
    "Finding",
    "Findings",
    "ProgramVerified",
    "Verified",
    "Watch",
    "check_settled",
    "sentence",
    "verify",
]

INTEGRITY = "integrity"
STAGES = (INTEGRITY, MESSAGES)


class Watch(Protocol):
    """Is told how far the verification is."""

    def expect(self, stage: str, messages: int) -> None:
        """So many more messages are to be done in a stage."""

    def advance(self, stage: str, messages: int) -> None:
        """So many more are done."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome. `findings` are the first ones, `more` says how many are not listed."""

    sound: bool
    integrity: Integrity
    programs: list[ProgramVerified]
    findings: list[Finding]
    more: int


async def verify(tables: Tables, watch: Watch) -> Verified:
    """Check a ledger.

    Raises:
        Unavailable: it cannot be reached.
    """
    findings = Findings()
    watch.expect(INTEGRITY, 1)
    integrity = await tables.integrity()
    for problem in integrity.problems:
        findings.add(Mismatch("integrity", "a sound file or database", problem))
    watch.advance(INTEGRITY, 1)
    programs: list[ProgramVerified] = []
    with reading(findings, None, "programs and counters"):
        programs = await _programs(tables, findings, watch)
    return Verified(
        sound=not findings.total,
        integrity=integrity,
        programs=programs,
        findings=findings.listed,
        more=more(findings),
    )


async def _programs(tables: Tables, findings: Findings, watch: Watch) -> list[ProgramVerified]:
    snapshot = await tables.snapshot()
    for program_id, *_, since in snapshot.reference["program"]:
        last = snapshot.counters.get(program_id)
        if last is None or last < since:
            found = "none" if last is None else str(last)
            mismatch = Mismatch("counter", f"a counter of {since} or more", found)
            findings.add(mismatch, program=program_id)
    for program_id in snapshot.counters:
        with reading(findings, program_id, "the index of changes"):
            watch.expect(MESSAGES, await tables.count(program_id, 0))
    return [
        await verify_program(tables, program_id, last, findings, watch)
        for program_id, last in snapshot.counters.items()
    ]

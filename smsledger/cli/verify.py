"""`smsledger verify`: checks a ledger for damage."""

import asyncio
from contextlib import suppress

import typer

from smsledger.cli.common import (
    FAILED,
    STORE,
    Failure,
    JsonOption,
    StoreOption,
    explained,
    say,
    unopened,
)
from smsledger.cli.output import counted, print_json
from smsledger.cli.stage_bars import stage_bars
from smsledger.errors import StoreDamaged
from smsledger.ledger.printable import printable
from smsledger.store import check, verification
from smsledger.store.copying import open_tables
from smsledger.store.errors import UnconfirmedRestore
from smsledger.store.tables import Integrity
from smsledger.store.verification import Verified


def verify(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Check a ledger for damage. Servers can keep running.

    The command compares every message with its check value, status history and counts, and changes
    none of them. The engine checks its own structures: SQLite always, PostgreSQL if the extension
    amcheck is installed. Exit status: 0 sound, 1 damaged or cannot be opened, 2 wrong usage.
    """
    try:
        with explained():
            _require_ledger(store)
            verified = asyncio.run(verified_at(store))
    except Failure as failure:
        if as_json:
            print_json(_unread(str(failure)))
        raise
    say(as_json, verified, summary(verified))
    if not verified.sound:
        raise typer.Exit(FAILED)


def _require_ledger(url: str) -> None:
    try:
        with suppress(UnconfirmedRestore):
            asyncio.run(check(url))
    except StoreDamaged as error:
        raise unopened(error) from error


def _unread(error: str) -> Verified:
    """Return the outcome for a ledger that cannot be read, with the same fields as any other."""
    integrity = Integrity(checked_by="", not_run="The ledger cannot be read")
    return Verified(sound=False, integrity=integrity, programs=[], findings=[], more=0, error=error)


async def verified_at(url: str) -> Verified:
    """Verify the ledger at a URL. If it is sound, remove its marker, so servers accept it again."""
    tables = await open_tables(url)
    try:
        with stage_bars(verification.STAGES) as progress:
            verified = await verification.verify(tables, progress)
        if verified.sound:
            await tables.forget_damage()
        return verified
    finally:
        await tables.close()


def summary(verified: Verified) -> str:
    """Return the outcome as text: the programs, the findings and the verdict."""
    lines = [
        f"{program.program}\t{program.messages} messages\t{program.unchecked} unchecked\t"
        f"{program.history} history entries\t{program.tombstones} tombstones"
        for program in verified.programs
        if program.messages or program.history or program.tombstones
    ]
    return "\n".join([*lines, *_engine(verified), *findings(verified), _verdict(verified)])


def findings(verified: Verified) -> list[str]:
    """Return a line for each listed finding, and one with the number of the others."""
    lines = [printable(verification.sentence(finding)) for finding in verified.findings]
    if verified.more:
        lines.append(f"{counted(verified.more, 'more finding')} not listed")
    return lines


def _engine(verified: Verified) -> list[str]:
    integrity = verified.integrity
    if integrity.not_run is None:
        return []
    return [f"Skipped: the check by {integrity.checked_by}. {integrity.not_run}."]


def _verdict(verified: Verified) -> str:
    if not verified.sound:
        return f"Damaged: {counted(len(verified.findings) + verified.more, 'finding')}."
    integrity = verified.integrity
    if integrity.not_run is None:
        return "Sound: no damage was found."
    return (
        f"No damage was found, but the check by {integrity.checked_by} was skipped. Damaged "
        "indexes, and rows that cannot be found any more, may have been missed."
    )

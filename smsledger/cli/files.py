"""`smsledger import` and `smsledger sample`: messages into a ledger without a server."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from smsledger.cli.common import (
    DONE_IN_PART,
    STORE,
    JsonOption,
    StoreOption,
    say,
    settings_of,
    warn_of_rebuild,
    with_store,
)
from smsledger.cli.output import counted, progress
from smsledger.demo import sample as samples
from smsledger.intake import file_rows, imports
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.ledger.numbers import plain_code
from smsledger.ledger.printable import printable
from smsledger.store.store import Store

_SAMPLE_BATCH = 5000

ProgramOption = Annotated[int, typer.Option(help="Program of the messages.")]


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".csv or .ndjson")],
    program: ProgramOption,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Import a file of messages. Rejected rows go to FILE.rejected.ndjson.

    Exit status: 0 done, 1 failed, 2 wrong usage, 3 done, but some rows were rejected.
    """
    rejects = file.with_name(f"{file.name}.rejected.ndjson")
    bounds = DateBounds.at(instant.now(), settings_of().retention_days)
    with file.open("rb") as source, progress() as bars:
        bar = bars.add_task(printable(file.name), total=file.stat().st_size)
        rows = file_rows.read(file, bounds, source)

        def advance() -> None:
            bars.update(bar, completed=source.tell())

        async def work(opened: Store) -> imports.Totals:
            await warn_of_rebuild(opened)
            return await imports.load(opened, program, rows, rejects, advance)

        totals = with_store(store, work)
    text = "{accepted} accepted, {duplicates} duplicates, {rejected} rejected"
    summary = text.format(**msgspec.structs.asdict(totals))
    side = str(rejects) if totals.rejected else None
    shown = {**msgspec.structs.asdict(totals), "rejects": side}
    say(as_json, shown, f"{summary} (see {side})" if side else summary)
    if totals.rejected:
        raise typer.Exit(DONE_IN_PART)


def sample(
    program: ProgramOption,
    messages: Annotated[int, typer.Option(min=1, help="Number of messages.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same messages.")] = 7,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Fill a program with a realistic year of synthetic messages."""

    async def work(opened: Store) -> None:
        await warn_of_rebuild(opened)
        keywords = frozenset(
            keyword
            for sharing in await opened.programs()
            if plain_code(sharing.short_code) == samples.SHORT_CODE
            for keyword in sharing.keywords
        )
        batches = samples.batches(
            count=messages, seed=seed, end=instant.now(), size=_SAMPLE_BATCH, keywords=keywords
        )
        with progress() as bars:
            bar = bars.add_task("sample", total=messages)
            for batch in batches:
                await opened.record_messages(program, batch.messages, any_code=True)
                await opened.record_receipts(program, batch.receipts)
                bars.advance(bar, len(batch.messages))

    with_store(store, work)
    say(as_json, {"messages": messages}, f"{counted(messages, 'message')} in program {program}.")

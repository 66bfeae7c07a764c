"""`smsledger import` and `smsledger sample`: messages into a ledger without a server."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from smsledger import imports, ingest, instant
from smsledger import sample as samples
from smsledger.cli.common import DONE_IN_PART, STORE, JsonOption, StoreOption, say, with_store
from smsledger.imports import FileRow
from smsledger.ingest import Rejection, Report
from smsledger.rows import DateBounds
from smsledger.settings import Settings
from smsledger.store.protocol import Store

# A few dozen milliseconds of the write lock at a time: a running server waits no longer.
BATCH = 500

ProgramOption = Annotated[int, typer.Option(help="The program the messages belong to.")]
T = TypeVar("T")


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".csv or .ndjson")],
    program: ProgramOption,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Import a file of messages; safe to run again. Rejected rows go to FILE.rejected.ndjson."""
    rejects = file.with_name(f"{file.name}.rejected.ndjson")
    report = with_store(store, lambda opened: _import(opened, file, program, rejects))
    if not report.rejections:
        rejects.unlink(missing_ok=True)
    rejected = len(report.rejections)
    text = f"{report.accepted} accepted, {report.duplicates} duplicates, {rejected} rejected"
    data = {
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "rejected": rejected,
        "rejects": str(rejects) if rejected else None,
    }
    say(as_json, data, f"{text} (see {rejects})" if rejected else text)
    if rejected:
        raise typer.Exit(DONE_IN_PART)


def sample(
    program: ProgramOption,
    messages: Annotated[int, typer.Option(min=1, help="How many.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same messages.")] = 7,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Fill a program with a realistic year of synthetic messages."""

    async def work(opened: Store) -> int:
        recorded = 0
        with _progress() as progress:
            bar = progress.add_task("sample", total=messages)
            for batch in samples.batches(count=messages, seed=seed, end=instant.now(), size=5000):
                await opened.record_messages(program, batch.messages)
                await opened.record_receipts(program, batch.receipts)
                recorded += len(batch.messages)
                progress.update(bar, completed=recorded)
        return recorded

    recorded = with_store(store, work)
    say(as_json, {"messages": recorded}, f"{recorded} messages in program {program}.")


async def _import(store: Store, file: Path, program_id: int, rejects: Path) -> Report:
    bounds = DateBounds.at(instant.now(), Settings().retention_days)
    total = Report()
    with file.open("rb") as source, rejects.open("wb") as side, _progress() as progress:
        bar = progress.add_task(file.name, total=file.stat().st_size)
        for batch in _batched(imports.read(file, bounds, source), BATCH):
            report = await ingest.messages(store, program_id, [row.checked for row in batch])
            for rejection in report.rejections:
                side.write(_side_line(batch[rejection.index], rejection))
            side.flush()
            total.accepted += report.accepted
            total.duplicates += report.duplicates
            total.rejections += report.rejections
            progress.update(bar, completed=source.tell())
    return total


def _side_line(row: FileRow, rejection: Rejection) -> bytes:
    reason: dict[str, Any] = msgspec.structs.asdict(rejection)
    reason["line"] = row.line
    reason["row"] = row.text
    del reason["index"]
    return msgspec.json.encode(reason) + b"\n"


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, disable=not console.is_terminal)

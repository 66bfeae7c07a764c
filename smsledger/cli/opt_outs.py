"""`smsledger opt-outs`: judges stored messages again after a change of words or keywords."""

import typer

from smsledger.cli.common import STORE, JsonOption, StoreOption, say, with_store
from smsledger.cli.output import counted, progress
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store

app = typer.Typer(no_args_is_help=True, help="Maintain opt-outs.")

# Numbers in one transaction. It takes a few dozen milliseconds, so other writers wait no longer.
_STEP = 100


@app.callback()
def opt_outs() -> None:
    """Maintain opt-outs."""


@app.command()
def rebuild(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """Judge stored messages again by the current words and keywords.

    Run this after you change opt-out words, opt-in words or keywords. Servers can keep running.
    Opt-outs whose messages are gone stay in force. If the command is interrupted, run it again.
    """
    numbers, changed = with_store(store, rebuild_all)
    text = f"{counted(numbers, 'number')} judged, {changed} changed."
    say(as_json, {"numbers": numbers, "changed": changed}, text)


async def rebuild_all(store: Store) -> tuple[int, int]:
    """Judge the stored messages of all numbers again; return how many, and how many have changed.

    A rebuild that was due is not due any more.
    """
    due = await store.note_words()
    program_ids = [NO_PROGRAM, *(program.id for program in await store.programs())]
    totals = {program_id: await store.count_numbers(program_id) for program_id in program_ids}
    numbers = changed = 0
    with progress() as bars:
        bar = bars.add_task("numbers", total=sum(totals.values()))
        for program_id in program_ids:
            after: str | None = ""
            while after is not None:
                step = await store.rebuild_consent(program_id, after, _STEP)
                numbers, changed = numbers + step.numbers, changed + step.changed
                after = step.after_number
                bars.update(bar, completed=numbers)
    await store.end_rebuild(due)
    return numbers, changed

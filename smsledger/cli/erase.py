"""`smsledger erase`: messages of a handset, or under ids, for good."""

from typing import Annotated

import typer

from smsledger.cli.common import (
    DONE_IN_PART,
    STORE,
    JsonOption,
    StoreOption,
    say,
    with_store,
)
from smsledger.cli.output import print_text
from smsledger.rows import is_number
from smsledger.store.protocol import Store

# How long to wait for readers that keep the write-ahead log: longer than any request of a server.
LOG_SECONDS = 30.0
_IN_THE_LOG = (
    "What was erased is still in the write-ahead log, because a process has been reading the "
    "ledger all the time. Run the same command again later, or stop that process first."
)


def erase(
    program: Annotated[
        int,
        typer.Option(max=10**18 - 1, min=0, help="Whose messages go; 0: those that found none."),
    ],
    number: Annotated[
        list[str] | None, typer.Option(help="A handset, all of whose messages go; repeatable.")
    ] = None,
    message_id: Annotated[
        list[str] | None, typer.Option("--id", help="The id of a message; repeatable.")
    ] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Erase messages of a program for good, with all that was said about them.

    Those that found no program are erased by their number: `--program 0 --number …`.

    Servers may run meanwhile. What is not there is no error; nothing is asked. Exit status: 0 done,
    1 failed, 2 wrong usage, 3 erased, but the texts are still in the write-ahead log of the file.
    """
    numbers = [_number(each) for each in dict.fromkeys(number or ())]
    if not numbers and not message_id:
        raise typer.BadParameter("name what to erase: a --number or an --id")

    async def work(opened: Store) -> tuple[int, bool]:
        erased = await opened.erase(program, message_id) if message_id else 0
        for each in numbers:
            erased += await opened.erase_number(program, each)
        return erased, await opened.empty_log(LOG_SECONDS)

    erased, gone = with_store(store, work)
    say(as_json, {"messages": erased}, f"{erased} messages erased.")
    if not gone:
        print_text(_IN_THE_LOG, error=True)
        raise typer.Exit(DONE_IN_PART)


def _number(text: str) -> str:
    number = text.removeprefix("+")
    if not is_number(number):
        raise typer.BadParameter("3 to 20 digits", param_hint="--number")
    return number

"""`smsledger erase`: erases messages of a number, or with given ids, for good."""

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
from smsledger.cli.output import counted, print_text
from smsledger.ledger.numbers import is_number
from smsledger.store.store import Store

# How long to wait for readers that keep the write-ahead log: longer than any server request takes.
LOG_SECONDS = 30.0
_IN_THE_LOG = (
    "The messages are erased, but the write-ahead log still holds their texts: a process has been "
    f"reading the ledger for {LOG_SECONDS:.0f} seconds. Stop that process or wait, then run the "
    "same command again."
)


def erase(
    program: Annotated[
        int,
        typer.Option(max=10**18 - 1, min=0, help="Program of the messages. 0: those without one."),
    ],
    number: Annotated[
        list[str] | None, typer.Option(help="Erase all messages of this number. Repeatable.")
    ] = None,
    message_id: Annotated[
        list[str] | None, typer.Option("--id", help="Erase the message with this id. Repeatable.")
    ] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Erase messages of a program and their histories for good.

    To erase messages that found no program, use `--program 0 --number …`.

    Servers can keep running. The command ignores unknown ids and numbers, and does not ask for
    confirmation. Exit status: 0 done, 1 failed, 2 wrong usage, 3 erased, but the write-ahead log of
    the file still contains the texts.
    """
    numbers = [_number(each) for each in dict.fromkeys(number or ())]
    if not numbers and not message_id:
        raise typer.BadParameter("name at least one --number or --id to erase")

    async def work(opened: Store) -> tuple[int, bool]:
        erased = await opened.erase(program, message_id) if message_id else 0
        for each in numbers:
            erased += await opened.erase_number(program, each)
        return erased, await opened.empty_log(LOG_SECONDS)

    erased, gone = with_store(store, work)
    say(as_json, {"messages": erased}, f"{counted(erased, 'message')} erased.")
    if not gone:
        print_text(_IN_THE_LOG, error=True)
        raise typer.Exit(DONE_IN_PART)


def _number(text: str) -> str:
    number = text.removeprefix("+")
    if not is_number(number):
        raise typer.BadParameter("3 to 20 digits", param_hint="--number")
    return number

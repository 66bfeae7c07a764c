"""`smsledger erase`: messages of a handset, or under ids, for good."""

from typing import Annotated

import typer

from smsledger.cli.common import STORE, JsonOption, StoreOption, say, with_store
from smsledger.rows import is_number
from smsledger.store.protocol import Store


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

    Servers may run meanwhile. What is not there is no error; nothing is asked.
    """
    numbers = [_number(each) for each in dict.fromkeys(number or ())]
    if not numbers and not message_id:
        raise typer.BadParameter("name what to erase: a --number or an --id")

    async def work(opened: Store) -> int:
        erased = await opened.erase(program, message_id) if message_id else 0
        for each in numbers:
            erased += await opened.erase_number(program, each)
        return erased

    erased = with_store(store, work)
    say(as_json, {"messages": erased}, f"{erased} messages erased.")


def _number(text: str) -> str:
    number = text.removeprefix("+")
    if not is_number(number):
        raise typer.BadParameter("3 to 20 digits", param_hint="--number")
    return number

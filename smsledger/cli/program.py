"""`smsledger program`: create, list, deactivate, activate, delete."""

from typing import Annotated, Any

import msgspec
import typer

from smsledger.accounts.provisioning import (
    MAX_NAME,
    is_default,
    keywords_of,
    name_of,
    short_code_of,
)
from smsledger.cli.common import (
    STORE,
    Failure,
    JsonOption,
    StoreOption,
    checked,
    say,
    settings_of,
    warn_of_rebuild,
    with_store,
)
from smsledger.cli.output import print_text, table
from smsledger.ledger.model import Program
from smsledger.store.store import Store

app = typer.Typer(
    no_args_is_help=True, help="Manage programs, the SMS services whose messages are kept."
)

Name = Annotated[str, typer.Option(help=f"1 to {MAX_NAME} characters, unique.")]
IdArgument = Annotated[int, typer.Argument(min=1, max=10**18 - 1, help="The program's id.")]


@app.command()
def create(
    name: Name,
    campaign: Annotated[str, typer.Option(help="Campaign of the program.")],
    kind: Annotated[str, typer.Option("--type", help="Such as 'Text to Join'.")],
    program_id: Annotated[
        int,
        typer.Option("--id", min=0, max=10**18 - 1, help="Integer id. 0 takes the next free one."),
    ] = 0,
    short_code: Annotated[
        str | None, typer.Option(help="Number that receives the messages.")
    ] = None,
    keyword: Annotated[
        list[str] | None, typer.Option(help="First word of its messages. Repeatable.")
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Receive messages that match no keyword of the code.")
    ] = False,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Create a program. With a short code and no keyword, it is the default of the code."""
    words = settings_of().consent_words
    keywords = checked("--keyword", keywords_of, keyword or (), words)
    code = None
    if short_code is not None:
        code = checked("--short-code", short_code_of, short_code)
    program = Program(
        id=program_id,
        name=checked("--name", name_of, name),
        type=checked("--type", name_of, kind),
        campaign=checked("--campaign", name_of, campaign),
        short_code=code,
        keywords=keywords,
        is_default=checked("--short-code", is_default, code, keywords, asked=default),
    )

    async def work(opened: Store) -> Program:
        made = await opened.create_program(program)
        await warn_of_rebuild(opened)
        return made

    made = with_store(store, work)
    say(as_json, _to_dict(made), f"Program {made.id} '{made.name}' created.")


@app.command("list")
def listing(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """List all programs."""
    programs = with_store(store, lambda opened: opened.programs(), unconfirmed=True)
    rows = ((program.id, program.name, program.campaign, _state(program)) for program in programs)
    say(as_json, [_to_dict(program) for program in programs], table(rows) or "No programs.")


@app.command()
def deactivate(
    program_id: IdArgument, store: StoreOption = STORE, as_json: JsonOption = False
) -> None:
    """Stop storing new messages in a program. Its messages can still be exported."""
    with_store(store, lambda opened: opened.set_active(program_id, active=False))
    say(as_json, {"id": program_id, "active": False}, f"Program {program_id} deactivated.")


@app.command()
def activate(
    program_id: IdArgument, store: StoreOption = STORE, as_json: JsonOption = False
) -> None:
    """Store new messages in a program again."""
    with_store(store, lambda opened: opened.set_active(program_id, active=True))
    say(as_json, {"id": program_id, "active": True}, f"Program {program_id} activated.")


@app.command()
def delete(
    program_id: IdArgument,
    confirm: Annotated[int | None, typer.Option(help="The id again, instead of a prompt.")] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """Delete a program and all its data for good."""
    program = with_store(store, lambda opened: opened.program(program_id))
    if program is None:
        raise Failure(f"there is no program {program_id}")
    print_text(_warning(program), error=True)
    given = (
        typer.prompt("Type the id to confirm", type=int, err=True) if confirm is None else confirm
    )
    if given != program_id:
        raise Failure(f"{given} is not {program_id}: nothing was deleted")

    async def work(opened: Store) -> None:
        await opened.delete_program(program_id)
        await warn_of_rebuild(opened)

    with_store(store, work)
    say(as_json, {"id": program_id, "deleted": True}, f"Program {program_id} deleted.")


def _warning(program: Program) -> str:
    return (
        f"This deletes program {program.id} '{program.name}' with all its messages, their "
        "histories, its waiting receipts, its keywords, and its opt-outs and opt-ins. Walks in "
        "progress end. Credentials stay."
    )


def _to_dict(program: Program) -> dict[str, Any]:
    fields = msgspec.structs.asdict(program)
    names = {"short_code": "shortCode", "is_default": "default"}
    return {names.get(name, name): value for name, value in fields.items()}


def _state(program: Program) -> str:
    return "active" if program.active else "deactivated"

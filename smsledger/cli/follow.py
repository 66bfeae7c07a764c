"""`smsledger export` into a database, once or without end."""

import typer

from smsledger.cli.asking import checked
from smsledger.client.changes import MAX_LIMIT, ChangeRequest
from smsledger.client.ending import Ending, Stopped
from smsledger.client.follow import Follow
from smsledger.client.follow import checked as checked_state
from smsledger.client.report import Report
from smsledger.client.targets import target_of
from smsledger.client.targets.layout import INCLUDE
from smsledger.client.wire import Wire


def refuse_filters(given: dict[str, object]) -> None:
    """A table that holds a part cannot follow: what leaves the part is not told of."""
    for option, value in given.items():
        if value:
            told = "a database gets every message with every field; filter with SQL, in a view say"
            raise typer.BadParameter(told, param_hint=option)


def into_database(
    base: str,
    user: str,
    secret: str,
    program: int,
    output: str,
    table: str,
    *,
    retries: int,
    follow: bool,
    restart: bool,
    quiet: bool,
) -> None:
    """Bring a table up to date, and keep it so with `follow`, until a signal comes."""
    target = checked("--output/--table", target_of, output, table, program)
    request = ChangeRequest(base=base, program_id=program, include=INCLUDE, limit=MAX_LIMIT)
    tries = None if follow else retries
    ending = Ending()
    with (
        Report(quiet=quiet) as report,
        Wire(base, user, secret, retries=tries, note=report.note) as wire,
    ):
        following = Follow(request, wire, target, note=report.note, ending=ending)
        try:
            with ending.heeded():
                target.open(restart=restart)
                following.run(checked_state(target.state(), base), follow=follow)
        except Stopped:
            if not follow:
                raise
        finally:
            target.close()
    if not quiet:
        typer.echo(f"{following.changes} changes in {table}")

"""`smsledger export` into a database, once or continuously."""

from collections.abc import Callable
from contextlib import closing

import msgspec
import typer

from smsledger.cli.asking import checked
from smsledger.cli.output import print_text
from smsledger.client.database.ending import Ending, Stopped
from smsledger.client.database.follow import Follow, own_state
from smsledger.client.database.patience import BUSY, patiently
from smsledger.client.database.targets import target_of
from smsledger.client.database.targets.layout import INCLUDE
from smsledger.client.database.targets.table import Table
from smsledger.client.database.windows import Windows, request_of
from smsledger.client.errors import NoFeed
from smsledger.client.file.report import Report
from smsledger.client.http import window
from smsledger.client.http.changes import MAX_LIMIT, ChangeRequest
from smsledger.client.http.wire import Wire
from smsledger.ledger import instant


def refuse_filters(given: dict[str, object]) -> None:
    """Refuse options that select messages or fields.

    A table with a selection cannot be kept up to date: the change feed does not report a message
    that no longer matches a filter.
    """
    for option, value in given.items():
        if value:
            message = "cannot be used with a database, which gets every message with every field"
            raise typer.BadParameter(message, param_hint=option)


class Databases(msgspec.Struct, frozen=True, kw_only=True):
    """The options of an export into a database.

    `look_back` is in microseconds. It is used if the server has no change feed.
    """

    base: str
    user: str
    program: int
    output: str
    table: str
    retries: int
    look_back: int
    follow: bool
    restart: bool
    quiet: bool


def into_database(asked: Databases, secret: str) -> None:
    """Bring a table up to date; with `follow`, keep it up to date until a signal is received."""
    target = checked("--output/--table", target_of, asked.output, asked.table, asked.program)
    tries = None if asked.follow else asked.retries
    ending = Ending()
    with (
        Report(quiet=asked.quiet) as report,
        Wire(asked.base, asked.user, secret, retries=tries, note=report.note) as wire,
    ):
        try:
            with ending.heeded(), closing(target):
                done = _filled(asked, target, wire, report.note, ending)
        except Stopped:
            if not asked.follow:
                raise
            done = "stopped"
    if not asked.quiet:
        print_text(f"{done} in {asked.table}")


def _filled(
    asked: Databases, target: Table, wire: Wire, note: Callable[[str], None], ending: Ending
) -> str:
    """Fill the table; return what was written as text.

    With `follow`, retry while the database cannot be reached. Before the first success, only a busy
    database is retried, so that a wrong address is reported at once.
    """

    def open_it() -> None:
        target.open(restart=asked.restart)

    def fill_it() -> str:
        with closing(target):
            return _fill(asked, target, wire, note, ending)

    if not asked.follow:
        open_it()
        return fill_it()
    patiently(open_it, note, BUSY)
    return patiently(fill_it, note)


def _fill(
    asked: Databases, target: Table, wire: Wire, note: Callable[[str], None], ending: Ending
) -> str:
    """Fill the table from the server's change feed, or from windows if it has none."""
    target.open()
    state = own_state(target.state(), asked.base)
    if state is None or state.kind == "changes":
        request = ChangeRequest(
            base=asked.base, program_id=asked.program, include=INCLUDE, limit=MAX_LIMIT
        )
        following = Follow(request, wire, target, ending=ending)
        try:
            following.run(state, follow=asked.follow)
        except NoFeed:
            if state is not None:
                raise
        else:
            return f"{following.changes} changes"
    whole = request_of(
        asked.base, asked.program, asked.user, window.resolve(None, None, instant.now())
    )
    windows = Windows(whole, wire, target, look_back=asked.look_back, note=note, ending=ending)
    windows.run(state, follow=asked.follow)
    return f"{windows.messages} messages"

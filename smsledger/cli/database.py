"""Fills a table in a database from a server, for `smsledger export` and `smsledger follow`."""

from collections.abc import Callable
from contextlib import closing

import msgspec
import typer

from smsledger.accounts.provisioning import duration_of
from smsledger.cli import options
from smsledger.cli.common import checked
from smsledger.cli.export_failures import failing
from smsledger.cli.output import counted, print_text
from smsledger.client.database.follow import Follow, own_state
from smsledger.client.database.graceful_stop import GracefulStop, Stopped
from smsledger.client.database.target_retry import BUSY, retry_target
from smsledger.client.database.targets import is_target, target_of
from smsledger.client.database.targets.layout import INCLUDE
from smsledger.client.database.targets.table import Table
from smsledger.client.database.windows import Windows, request_of
from smsledger.client.errors import NoFeed
from smsledger.client.file.report import Report
from smsledger.client.http import window
from smsledger.client.http.changes import MAX_LIMIT, ChangeRequest
from smsledger.client.http.request import base_url
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


def fill(
    url: str,
    user: str,
    program: int,
    output: str,
    *,
    table: str,
    look_back: str,
    retries: int | None,
    restart: bool,
    quiet: bool,
) -> None:
    """Bring a table up to date; with `retries` None, keep it up to date until a signal is received.

    Failures are printed, and end the command with status 1.
    """
    name = checked("--user", options.user, user)
    if not is_target(output):
        raise typer.BadParameter(
            f"must be a database, duckdb:///FILE or postgresql://… (got '{output}')",
            param_hint="--output",
        )
    asked = _Asked(
        base=checked("URL", base_url, url),
        user=name,
        program=program,
        output=output,
        table=table,
        look_back=checked("--look-back", duration_of, look_back),
        retries=retries,
        follow=retries is None,
        restart=restart,
        quiet=quiet,
    )
    with failing():
        _into_database(asked, options.secret(name))


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The options. `look_back` is in microseconds."""

    base: str
    user: str
    program: int
    output: str
    table: str
    look_back: int
    retries: int | None
    follow: bool
    restart: bool
    quiet: bool


def _into_database(asked: _Asked, secret: str) -> None:
    target = checked("--output/--table", target_of, asked.output, asked.table, asked.program)
    stop = GracefulStop()
    with (
        Report(quiet=asked.quiet) as report,
        Wire(asked.base, asked.user, secret, retries=asked.retries, note=report.note) as wire,
    ):
        try:
            with stop.handling_signals(), closing(target):
                done = _filled(asked, target, wire, report.note, stop)
        except Stopped:
            if not asked.follow:
                raise
            done = "stopped"
    if not asked.quiet:
        print_text(f"{done} in {asked.table}")


def _filled(
    asked: _Asked, target: Table, wire: Wire, note: Callable[[str], None], stop: GracefulStop
) -> str:
    """Fill the table; return what was written as text.

    With `follow`, retry while the database cannot be reached. Before the first success, only a busy
    database is retried, so that a wrong address is reported at once.
    """

    def open_it() -> None:
        target.open(restart=asked.restart)

    def fill_it() -> str:
        with closing(target):
            return _fill(asked, target, wire, note, stop)

    if not asked.follow:
        open_it()
        return fill_it()
    retry_target(open_it, note, BUSY)
    return retry_target(fill_it, note)


def _fill(
    asked: _Asked, target: Table, wire: Wire, note: Callable[[str], None], stop: GracefulStop
) -> str:
    """Fill the table from the server's change feed, or from windows if it has none."""
    target.open()
    state = own_state(target.state(), asked.base)
    if state is None or state.kind == "changes":
        request = ChangeRequest(
            base=asked.base, program_id=asked.program, include=INCLUDE, limit=MAX_LIMIT
        )
        following = Follow(request, wire, target, stop=stop)
        try:
            following.run(state, follow=asked.follow)
        except NoFeed:
            if state is not None:
                raise
        else:
            return counted(following.changes, "change")
    whole = request_of(
        asked.base, asked.program, asked.user, window.resolve(None, None, instant.now())
    )
    windows = Windows(whole, wire, target, look_back=asked.look_back, note=note, stop=stop)
    windows.run(state, follow=asked.follow)
    return counted(windows.messages, "message")

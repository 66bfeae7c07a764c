"""`smsledger export`: a program's messages into a file."""

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

import typer

from smsledger import instant
from smsledger.client import files, window
from smsledger.client.errors import ExportError, GaveUp
from smsledger.client.export import Export
from smsledger.client.report import Report
from smsledger.client.request import MAX_PAGE_SIZE, ExportRequest, base_url
from smsledger.client.retry import DEFAULT_RETRIES
from smsledger.client.wire import Wire
from smsledger.model import MessageType

SECRET = "SMSLEDGER_SECRET"  # noqa: S105 (the variable's name)
GOES_ON = "the same command goes on from where this one stopped"

P = ParamSpec("P")
T = TypeVar("T")


def export(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="The server's address: https://HOST or https://HOST/PREFIX."
        ),
    ],
    user: Annotated[str, typer.Option(help="User name of the credential.")],
    program: Annotated[int, typer.Option(min=0, help="Program id.")],
    output: Annotated[
        Path, typer.Option(dir_okay=False, metavar="FILE", help="A .csv or .ndjson file.")
    ],
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATE",
            help="YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, GMT; 365 days ago if absent.",
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="DATE", help="Likewise, inclusive, a day to its end; now if absent."
        ),
    ] = None,
    message_type: Annotated[
        MessageType | None,
        typer.Option("--type", case_sensitive=False, metavar="MO|MT", help="Only this type."),
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS,…", help="Only these delivery statuses.")
    ] = None,
    number: Annotated[
        str | None, typer.Option(metavar="NUMBER,…", help="Only these handsets.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this carrier, '' for unknown ones; repeatable."),
    ] = None,
    include: Annotated[
        str, typer.Option(metavar="FIELD,…", help=f"More fields: {', '.join(files.INCLUDABLE)}.")
    ] = "",
    page_size: Annotated[
        int, typer.Option(min=1, max=MAX_PAGE_SIZE, help="Messages asked for at a time.")
    ] = MAX_PAGE_SIZE,
    retries: Annotated[
        int, typer.Option(min=0, help="How often to try a page again before giving up.")
    ] = DEFAULT_RETRIES,
    restart: Annotated[bool, typer.Option("--restart", help="Discard an unfinished run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Export a program's messages into a file; run again, it goes on where it stopped.

    Speaks to smsledger and to any other server of the Export Messages API. The secret is taken
    from SMSLEDGER_SECRET, or asked for. Exit status: 0 done, 1 failed, 2 wrong usage.
    """
    fields = _checked("--include", _fields, include)
    layout = _checked("--output", files.layout, output, fields)
    _checked("--output", _require_directory, output.parent)
    period = _period(start, end)
    filters = _given(
        ("messageType", message_type),
        ("pageSize", str(page_size)),
        ("deliveryStatus", status),
        ("number", number),
        *(("network", name) for name in network or ()),
        ("include", ",".join(fields) or None),
    )
    request = ExportRequest(
        base=_checked("URL", base_url, url),
        program_id=program,
        user=_checked("--user", _user, user),
        start=period.start,
        end=period.end,
        defaulted=period.defaulted,
        filters=filters,
    )
    secret = _secret(user)
    with (
        _failing(),
        Report(quiet=quiet) as report,
        Wire(request.base, user, secret, retries=retries, note=report.note) as wire,
    ):
        messages = Export(request, output, layout, wire, report).run(restart=restart)
    if not quiet:
        typer.echo(f"{messages} messages in {output}")


@contextmanager
def _failing() -> Iterator[None]:
    """Failures become one message on standard error and exit status 1."""
    try:
        yield
    except KeyboardInterrupt:
        reason = f"interrupted; {GOES_ON}"
    except GaveUp as error:
        reason = f"{error}\n{GOES_ON}"
    except (ExportError, OSError) as error:
        reason = str(error)
    else:
        return
    typer.echo(f"Error: {reason}", err=True)
    raise typer.Exit(1)


def _period(start: str | None, end: str | None) -> window.Window:
    first = None if start is None else _checked("--from", window.first, start)
    last = None if end is None else _checked("--to", window.last, end)
    return _checked("--from/--to", window.resolve, first, last, instant.now())


def _given(*filters: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in filters if value is not None)


def _fields(text: str) -> tuple[str, ...]:
    names = {name.strip() for name in text.split(",")} - {""}
    if unknown := sorted(names.difference(files.INCLUDABLE)):
        raise ValueError(f"{unknown[0]} is not one of {', '.join(files.INCLUDABLE)}")
    return tuple(name for name in files.INCLUDABLE if name in names)


def _user(text: str) -> str:
    if not text or ":" in text:
        raise ValueError("HTTP Basic has no user names that are empty or hold a colon")
    text.encode()  # what is not UTF-8 in a command line comes as surrogates, and fails here
    return text


def _require_directory(directory: Path) -> None:
    if not directory.is_dir():
        raise ValueError(f"there is no directory {directory}")


def _secret(user: str) -> str:
    """The secret, from the environment or a hidden prompt; it never comes by the command line."""
    secret = os.environ.get(SECRET, "")
    if not secret and sys.stdin.isatty():
        secret = getpass.getpass(f"Secret of {user}: ")
    if not secret:
        raise typer.BadParameter("not set, and no terminal to ask at", param_hint=SECRET)
    try:
        secret.encode()
    except UnicodeEncodeError:
        # Neither this error nor its cause may be seen: they hold the secret.
        raise typer.BadParameter("not UTF-8", param_hint=SECRET) from None
    return secret


def _checked(option: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `read` returns; its ValueError becomes wrong usage of the option."""
    try:
        return read(*args, **kwargs)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error

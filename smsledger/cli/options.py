"""Options of `smsledger export` and `smsledger follow`, and their parsers.

Usage errors name the option.
"""

import functools
import getpass
import inspect
import os
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from smsledger.cli.common import checked
from smsledger.client.http import window
from smsledger.ledger import instant
from smsledger.ledger.fields import included
from smsledger.ledger.filters import FILTERS, Filter
from smsledger.ledger.printable import printable

SECRET = "SMSLEDGER_SECRET"  # noqa: S105 (the variable's name)

URL = typer.Argument(metavar="URL", help="URL of the server: https://HOST or https://HOST/PREFIX.")
USER = typer.Option(help="User name of the credential.")
PROGRAM = typer.Option(min=0, help="Program id.")
LookBack = Annotated[
    str,
    typer.Option(
        metavar="DURATION",
        help="Period that each round reads again if the server has no change feed.",
    ),
]
TableName = Annotated[
    str,
    typer.Option(
        "--table", metavar="NAME", help="Table in the database; SCHEMA.NAME in PostgreSQL."
    ),
]
Mode = Annotated[
    str,
    typer.Option(metavar="OCTAL", help="Permissions of new files. 0640 lets the group read them."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.")]

T = TypeVar("T")


def required(option: str, value: T | None) -> T:
    """Return the value of an option; None is an error of usage."""
    if value is None:
        raise typer.BadParameter("is missing", param_hint=option)
    return value


def period(start: str | None, end: str | None) -> window.Window:
    """Return the window between the dates; a date that is not given gets its default."""
    first = None if start is None else checked("--from", window.first, start)
    last = None if end is None else checked("--to", window.last, end)
    return checked("--from/--to", window.resolve, first, last, instant.now())


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter `filters` of a command by an option for each filter of the table."""
    signature = inspect.signature(command)
    parameters = [
        parameter
        for present in signature.parameters.values()
        for parameter in (map(_option, FILTERS) if present.name == "filters" else [present])
    ]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        given = {each.parameter: values.pop(each.field) for each in FILTERS}
        filters = {name: _texts(value) for name, value in given.items() if value is not None}
        command(**values, filters=filters)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _option(entry: Filter) -> inspect.Parameter:
    option = typer.Option(
        entry.option, case_sensitive=False, metavar=entry.metavar, help=entry.help
    )
    kind: Any = list[str] if entry.kind.repeatable else entry.kind.word or str
    annotated = Annotated[kind | None, option]
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(entry.field, keyword, default=None, annotation=annotated)


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def fields(text: str) -> tuple[str, ...]:
    """Return the fields to include, in the API's order.

    Raises:
        ValueError: a name is unknown.
    """
    return included(name for word in text.split(",") if (name := word.strip()))


def umask(mode: str) -> int:
    """Return the umask under which new files get these permissions, and directories can be entered.

    Raises:
        ValueError: the mode is not octal, or the owner could not read and write the file.
    """
    if not re.fullmatch("0?6[0246]{2}", mode):
        raise ValueError(f"must be an octal mode such as 0600, 0640 or 0660 (got '{mode}')")
    readable = int(mode, 8)
    entered = (readable & 0o444) >> 2  # DuckDB makes a directory when memory runs out
    return 0o777 & ~(readable | entered)


def user(text: str) -> str:
    """Return the user name.

    Raises:
        ValueError: HTTP Basic authentication cannot transmit the name.
    """
    if not text or ":" in text:
        raise ValueError(f"must not be empty or contain a colon (got '{text}')")
    text.encode()  # an argument that is not UTF-8 contains surrogates, which fail here
    return text


def secret(user: str) -> str:
    """Return the secret, from the environment or a hidden prompt, never from an option."""
    text = os.environ.get(SECRET, "")
    if not text and sys.stdin.isatty():
        text = getpass.getpass(f"Secret of {printable(user)}: ")
    if not text:
        message = "set this environment variable, or run the command on a terminal"
        raise typer.BadParameter(message, param_hint=SECRET)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Neither this error nor its cause may be shown: they contain the secret.
        raise typer.BadParameter("not UTF-8", param_hint=SECRET) from None
    return text

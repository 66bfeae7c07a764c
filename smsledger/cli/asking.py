"""What was typed for an export -> what is asked for. Wrong usage names its option."""

import getpass
import os
import re
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from smsledger import instant
from smsledger.client import window
from smsledger.printable import printable
from smsledger.query import INCLUDABLE

SECRET = "SMSLEDGER_SECRET"  # noqa: S105 (the variable's name)

P = ParamSpec("P")
T = TypeVar("T")


def checked(option: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `read` returns; its ValueError becomes wrong usage of the option."""
    try:
        return read(*args, **kwargs)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def required(option: str, value: T | None) -> T:
    """The value; its absence is wrong usage."""
    if value is None:
        raise typer.BadParameter("is missing", param_hint=option)
    return value


def period(start: str | None, end: str | None) -> window.Window:
    """The window between the dates, as far as they are given."""
    first = None if start is None else checked("--from", window.first, start)
    last = None if end is None else checked("--to", window.last, end)
    return checked("--from/--to", window.resolve, first, last, instant.now())


def given(*filters: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    """The filters that are."""
    return tuple((name, value) for name, value in filters if value is not None)


def fields(text: str) -> tuple[str, ...]:
    """The fields to include, in the order of the wire."""
    names = {name.strip() for name in text.split(",")} - {""}
    if unknown := sorted(names.difference(INCLUDABLE)):
        raise ValueError(f"{unknown[0]} is not one of {', '.join(INCLUDABLE)}")
    return tuple(name for name in INCLUDABLE if name in names)


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
    """The user name, if HTTP Basic can carry it."""
    if not text or ":" in text:
        raise ValueError("HTTP Basic has no user names that are empty or hold a colon")
    text.encode()  # what is not UTF-8 in a command line comes as surrogates, and fails here
    return text


def secret(user: str) -> str:
    """The secret, from the environment or a hidden prompt; it never comes by the command line."""
    text = os.environ.get(SECRET, "")
    if not text and sys.stdin.isatty():
        text = getpass.getpass(f"Secret of {printable(user)}: ")
    if not text:
        raise typer.BadParameter("not set, and no terminal to ask at", param_hint=SECRET)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Neither this error nor its cause may be seen: they hold the secret.
        raise typer.BadParameter("not UTF-8", param_hint=SECRET) from None
    return text

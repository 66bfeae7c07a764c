"""Prints the output of commands. Control characters in texts from outside are escaped."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from typer._click.exceptions import ClickException  # the base of usage errors has no public name
from typer.core import TyperGroup

from smsledger.ledger.printable import printable, printable_json

_LAYOUT = "\n\t"  # the line ends and tabs that commands print themselves


def print_text(text: str, *, error: bool = False) -> None:
    """Print text on standard output, or on standard error."""
    typer.echo(printable(text, keep=_LAYOUT), err=error)


def print_json(data: Any) -> None:
    """Print data as JSON on standard output."""
    typer.echo(printable_json(msgspec.json.format(msgspec.json.encode(data)).decode()))


def table(rows: Iterable[Iterable[object]]) -> str:
    """Return one line for each row, with tabs between cells. Tabs within a cell are escaped."""
    return "\n".join("\t".join(printable(str(cell)) for cell in row) for row in rows)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, such as "1 message" or "2 messages"."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def progress(*columns: ProgressColumn) -> Progress:
    """Return progress bars on standard error, shown on a terminal only.

    Descriptions are plain text: `[red]` or `:smile:` in a file name is printed as it is.
    """
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    shown = columns or (BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    text = TextColumn("{task.description}", markup=False)
    return Progress(text, *shown, console=console, disable=not console.is_terminal)


class Commands(TyperGroup):
    """The whole command line. Its usage errors quote arguments, so they are escaped."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the arguments."""
        with _escaped():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run a command, which reads its own arguments first."""
        with _escaped():
            return super().invoke(ctx)


@contextmanager
def _escaped() -> Iterator[None]:
    try:
        yield
    except ClickException as error:
        error.message = printable(error.message)
        raise

"""What the person at the terminal sees while an export runs: on standard error, never in a file."""

import json
import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from smsledger.ledger.printable import printable


class Report:
    """Notes, one line each, and on a terminal a bar with the messages so far.

    Nothing says how many messages there are, so the bar shows the date reached, not a share.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(
            stderr=True, quiet=quiet, highlight=False, markup=False, emoji=False
        )
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.completed} messages"),
            BarColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def note(self, text: str) -> None:
        """Tell of something that happened."""
        self._console.print(printable(text, keep="\n"), soft_wrap=True)

    def reached(self, lines: bytes, messages: int) -> None:
        """Show that the lines are written, the last one being that of the `messages`-th message."""
        if not self._bar.disable:
            self._bar.update(self._task, completed=messages, description=_last_date(lines))


def _last_date(lines: bytes) -> str:
    last = lines[lines.rfind(b"\n", 0, -1) + 1 :]
    return printable(str(json.loads(last).get("date", ""))) if last else ""

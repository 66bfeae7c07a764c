"""What the person at the terminal sees while an export runs: on standard error, never in a file."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from smsledger.client.walk import Page


class Report:
    """Notes, one line each, and on a terminal a bar with the messages so far.

    No page says how many messages there are, so the bar shows the date reached, not a share.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, markup=False)
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def note(self, text: str) -> None:
        """Tell of something that happened."""
        self._console.print(text, soft_wrap=True)

    def page(self, page: Page, messages: int) -> None:
        """Show that a page is written, the `messages`-th message being its last."""
        date = str(page.messages[-1].get("date", "")) if page.messages else ""
        self._bar.update(self._task, completed=messages, description=date)

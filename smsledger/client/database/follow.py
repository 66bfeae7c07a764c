"""A table that holds what the ledger holds: loaded, brought up to date, followed."""

import math
import time

from smsledger.client.database.graceful_stop import GracefulStop
from smsledger.client.database.targets import layout
from smsledger.client.database.targets.layout import State
from smsledger.client.database.targets.table import Table
from smsledger.client.errors import TargetUnusable
from smsledger.client.http import changes
from smsledger.client.http.changes import ChangePage, ChangeRequest
from smsledger.client.http.wire import Wire

WAIT = 30  # seconds that the server may hold a question to which there is no answer yet
# A token ages while nothing happens, and expires: every hour a fresh one is written.
_FRESH_SECONDS = 3600.0


class Follow:
    """The change feed into a table, each page in one transaction with its token."""

    def __init__(
        self,
        request: ChangeRequest,
        wire: Wire,
        table: Table,
        *,
        stop: GracefulStop,
    ) -> None:
        self._request = request
        self._wire = wire
        self._table = table
        self._stop = stop
        self._state: State | None = None
        self._written = -math.inf  # so a run that finds nothing new keeps a fresh token
        self.changes = 0

    def run(self, state: State | None, *, follow: bool) -> None:
        """Go on from `state`, the table's own, until caught up; with `follow` without end.

        Raises:
            FeedLost, NoFeed, ExportError: as `changes.page`.
            TargetError: the table cannot be written.
        """
        self._state = state
        caught_up = False
        while not caught_up or follow:
            caught_up = self._step(WAIT if caught_up else 0)

    def _step(self, wait: int) -> bool:
        """One page, written; whether it is the last one for now."""
        token = self._state.token if self._state else None
        page = changes.page(self._wire, self._request, token, wait)
        is_due = time.monotonic() - self._written > _FRESH_SECONDS
        # An empty page that has a next one moves on, or it would be asked for again without end.
        if page.entries or not page.caught_up or is_due:
            with self._stop.delayed():
                self._write(page)
        if page.caught_up:
            self._table.release()
        return page.caught_up

    def _write(self, page: ChangePage) -> None:
        after = State(base=self._request.base, kind="changes", token=page.next_token)
        # An id that was erased and came again may be there twice: the later entry holds.
        latest = {entry["id"]: entry for entry in page.entries}
        self._table.open()
        self._table.put([*map(layout.row, latest.values())], self._state, after)
        self._state, self._written = after, time.monotonic()
        self.changes += len(page.entries)


def own_state(state: State | None, base: str) -> State | None:
    """The state, if its rows come from the server at `base`.

    Raises:
        TargetUnusable: they do not.
    """
    if state is not None and state.base != base:
        raise TargetUnusable(
            f"the program's rows come from {state.base}: choose another --table, or --restart;"
            f" if it is the same ledger at a new address, set base_url in {layout.STATES}"
        )
    return state

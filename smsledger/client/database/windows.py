"""A table filled from a server without a change feed: window after window, each over the last.

The original API cannot say what changed. So each round reads the latest hours anew, and replaces
what the table holds of them, in one transaction with the date until which all was read. Its
messages have no ids; theirs are derived from their content, equal ones being counted.
"""

import time
from collections.abc import Callable

from smsledger.client.database.graceful_stop import GracefulStop
from smsledger.client.database.targets import layout
from smsledger.client.database.targets.layout import State
from smsledger.client.database.targets.table import Table
from smsledger.client.http import walk, window
from smsledger.client.http.answer import Message
from smsledger.client.http.request import MAX_PAGE_SIZE, ExportRequest
from smsledger.client.http.wire import Wire
from smsledger.formats.lines import utf8
from smsledger.ledger import instant
from smsledger.ledger.derived_ids import DerivedIds

EVERY = 60.0  # seconds from the end of a round to the next
LOOK_BACK = 72 * instant.HOUR  # how late vendors say that receipts may come
_PAGES = (("pageSize", str(MAX_PAGE_SIZE)),)


class Windows:
    """Rounds over the program of `whole`, whose window is the first one."""

    def __init__(
        self,
        whole: ExportRequest,
        wire: Wire,
        table: Table,
        *,
        look_back: int,
        note: Callable[[str], None],
        stop: GracefulStop,
    ) -> None:
        self._whole = whole
        self._wire = wire
        self._table = table
        self._look_back = look_back
        self._note = note
        self._stop = stop
        self.messages = 0

    def run(self, state: State | None, *, follow: bool) -> None:
        """One round, or with `follow` rounds without end.

        Raises:
            ExportError: the server cannot be read.
            TargetError: the table cannot be written.
        """
        self._note(_unknown(self._look_back))
        state = self._round(state)
        while follow:
            self._table.release()
            time.sleep(EVERY)
            state = self._round(state)

    def _round(self, state: State | None) -> State:
        asked = self._whole if state is None else self._latest(state)
        self._table.open()
        self._table.clear()
        ids = DerivedIds()
        for page in walk.pages(self._wire, asked):
            self._table.stage([_row(message, ids) for message in page.messages])
            self.messages += len(page.messages)
        after = State(base=asked.base, kind="windows", token=asked.end)
        with self._stop.delayed():
            self._table.replace(asked.start, asked.end, state, after)
        return after

    def _latest(self, state: State) -> ExportRequest:
        since = window.first(state.token) - self._look_back
        return self._request(window.resolve(since, None, instant.now()))

    def _request(self, latest: window.Window) -> ExportRequest:
        whole = self._whole
        return request_of(whole.base, whole.program_id, whole.user, latest)


def request_of(base: str, program: int, user: str, asked: window.Window) -> ExportRequest:
    """The pages of a window."""
    return ExportRequest(
        base=base,
        program_id=program,
        user=user,
        start=asked.start,
        end=asked.end,
        filters=_PAGES,
    )


def _row(message: Message, ids: DerivedIds) -> layout.Row:
    """The row of a message; what no database takes of its texts is written as its escape."""
    whole = {
        name: utf8(value).decode().replace("\0", "\\u0000") if isinstance(value, str) else value
        for name, value in message.items()
    }
    return layout.row({**whole, "id": ids.of(whole)})


def _unknown(look_back: int) -> str:
    hours = look_back // instant.HOUR
    return (
        f"this server has no change feed: each round reads the last {hours} hours anew. What it"
        " cannot know: messages and statuses that come later than that, what was erased, and which"
        " of two equal messages is which"
    )

"""The messages on a page of a report.

Type and network have no index: where few messages fit, finding a page of them would mean to read
the whole program. The counts say in which hours or days there are any, so only these are read.
"""

from urllib.parse import quote

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.counts import Count
from smsledger.ledger.walk import Key, PageQuery
from smsledger.store.page_plan import answered_from_index
from smsledger.store.store import Store


class Row(msgspec.Struct, rename="camel"):
    """A message as a page of the API shows it."""

    id: str
    type: str
    delivery_status: str
    number: str
    body: str
    date: str
    network: str | None
    segments: int | None
    error_code: str | None

    @property
    def escaped_id(self) -> str:
        """Its id as a query has it."""
        return quote(self.id, safe="")

    @property
    def at(self) -> int:
        """The instant of its date."""
        return instant.parse(self.date).first


class Rows(msgspec.Struct, frozen=True):
    """The messages of a page in its order, and where the next one begins."""

    rows: list[Row]
    next_key: Key | None


class Run(msgspec.Struct, frozen=True):
    """A stretch of a window in which every period has messages; both ends are inclusive."""

    start: int
    end: int


def runs_of(counts: list[Count], length: int) -> list[Run]:
    """The runs of what was counted in periods of a length, oldest first."""
    ends: dict[int, int] = {}  # by their starts
    start = 0
    for at in sorted({each.start for each in counts if each.start is not None}):
        start = start if ends.get(start) == at else at
        ends[start] = at + length
    return [Run(start, end - 1) for start, end in ends.items()]


async def read(store: Store, asked: PageQuery, runs: list[Run] | None) -> Rows:
    """The page that is asked for; `runs` None: there may be messages anywhere in its window.

    What comes in meanwhile may be missing from it.
    """
    if runs is None or answered_from_index(asked.walk.filters):
        return await _whole(store, asked)
    found: list[Row] = []
    parts = [part for run in runs if (part := _part(asked, run))]
    for part in reversed(parts) if asked.descending else parts:
        if len(found) == asked.size:
            return Rows(found, _edge(part))
        left = asked.size - len(found)
        page = await _whole(store, msgspec.structs.replace(part, size=left))
        found += page.rows
        if page.next_key is not None:
            return Rows(found, page.next_key)
    return Rows(found, None)


async def _whole(store: Store, asked: PageQuery) -> Rows:
    page = await store.page(asked)
    rows = msgspec.json.decode(b"[" + page.messages + b"]", type=list[Row])
    return Rows(rows, page.next_key)


def _part(asked: PageQuery, run: Run) -> PageQuery | None:
    """What lies in the run of all that is asked for, from its place on."""
    walk, begin = asked.walk, asked.begin.date
    start, end = max(walk.start, run.start), min(walk.end, run.end)
    if start > end or (start > begin if asked.descending else end < begin):
        return None
    key = asked.key if start <= begin <= end else None
    return msgspec.structs.replace(
        asked, walk=msgspec.structs.replace(walk, start=start, end=end), key=key
    )


def _edge(part: PageQuery) -> Key:
    """A place before all of a part's messages: their serials begin with 1."""
    return Key(part.walk.end + 1, 0) if part.descending else Key(part.walk.start, 0)

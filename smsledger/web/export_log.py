"""The log of exports as the server keeps it: an entry is durable before the first byte leaves.

How far an export has got is kept in memory and written down a few seconds later. What is lost
with a process is that, and never an entry.
"""

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.export_log import ExportEntry, Progress
from smsledger.ledger.feed import FeedPage
from smsledger.ledger.walk import Page, PageQuery, Walk, query_string
from smsledger.store.store import Store
from smsledger.web.stream import Stream

_PAGES, _CHANGES = "pages", "changes"
_EVERY = 10.0  # seconds
_SOON = 1.0  # so that those that end in the meantime are written down together
# One that is no longer among them is entered again, which changes nothing.
_MOST_KNOWN = 100_000
_ID_BYTES = 16
_pack = msgspec.msgpack.Encoder().encode


class ExportLog:
    """Enters exports, each once, and follows them.

    Whatever enters one raises `Unavailable` if that cannot be written down; nothing may be served
    then.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._progress: dict[bytes, Progress] = {}
        self._ended = asyncio.Event()
        self._closing = asyncio.Event()

    async def page(self, username: str, asked: PageQuery, page: Page) -> None:
        """Enter the walk that a page belongs to, and that the page is served.

        Most pages follow another: that costs a digest, and no write.
        """
        export_id, reached = _id_of(username, asked.walk), asked.served + page.count
        complete = page.next_key is None
        if not self._knows(export_id):
            entry = _entry(username, asked, _PAGES)
            entry = msgspec.structs.replace(entry, reached=reached, complete=complete)
            begins = asked.key is None
            await self._enter(entry, begins=begins)
            if begins:  # the entry is new, and says it all
                return
        self.served(export_id, asked.served, reached, complete=complete)

    async def changes(self, username: str, program_id: int, page: FeedPage, now: int) -> None:
        """Enter the day of a program's feed that an answer belongs to, and that it is served.

        Whatever place a caller reads from, it is in the day's entry; an answer without entries is
        in none. `now` is when the answer was read.
        """
        if not page.entries:
            return
        export_id = _id_of(username, (program_id, page.epoch, now // instant.DAY))
        if not self._knows(export_id):
            entry = _new(export_id, now, username, program_id, _CHANGES)
            await self._enter(entry, begins=False)
        self._add(
            Progress(
                export_id=export_id,
                skipped=0,
                reached=0,
                updated_at=now,
                complete=not page.more,
                added=len(page.entries),
            )
        )

    async def whole(self, username: str, asked: PageQuery, kind: str) -> bytes:
        """Enter a walk that comes in one answer; its id, under which it is followed."""
        entry = _entry(username, asked, kind)
        await self._enter(entry, begins=asked.key is None)
        return entry.export_id

    async def other(self, username: str, program_id: int, kind: str, filters: str = "") -> bytes:
        """Enter what is no walk and comes in one answer; its id.

        `program_id` is 0 where it is of several programs. `filters` are as in a query.
        """
        entry = _new(os.urandom(_ID_BYTES), instant.now(), username, program_id, kind)
        await self._enter(msgspec.structs.replace(entry, filters=filters), begins=True)
        return entry.export_id

    def served(self, export_id: bytes, skipped: int, reached: int, *, complete: bool) -> None:
        """Remember that messages of an export were served, as of a `Progress`."""
        now = instant.now()
        self._add(
            Progress(
                export_id=export_id,
                skipped=skipped,
                reached=reached,
                updated_at=now,
                complete=complete,
            )
        )
        if complete:
            self._ended.set()

    def followed(self, stream: Stream, export_id: bytes, skipped: int = 0) -> Stream:
        """The stream of an export; what has left of it is remembered."""

        async def pieces() -> AsyncGenerator[bytes, None]:
            async with aclosing(stream.pieces) as inner:
                async for piece in inner:
                    yield piece
                    self.served(export_id, skipped, skipped + stream.sent(), complete=False)
            self.served(export_id, skipped, skipped + stream.sent(), complete=True)

        return msgspec.structs.replace(stream, pieces=pieces())

    async def due(self) -> bool:
        """Return when it is time to write: soon after an export has ended, or after a while.

        Returns:
            whether there will be another time: not so once the log is closed.
        """
        await _until(self._ended, _EVERY)
        await _until(self._closing, _SOON)
        return not self._closing.is_set()

    def close(self) -> None:
        """It is time to write, and for the last time."""
        self._closing.set()
        self._ended.set()

    async def write(self) -> None:
        """Write down how far all have got.

        Raises:
            Unavailable: it is not possible now; nothing is forgotten.
        """
        progress, self._progress = self._progress, {}
        self._ended.clear()
        try:
            if progress:
                await self._store.follow_exports(list(progress.values()))
        except BaseException:
            for each in progress.values():
                self._add(each)
            raise

    def _knows(self, export_id: bytes) -> bool:
        if export_id not in self._known:
            return False
        self._known.move_to_end(export_id)
        return True

    async def _enter(self, entry: ExportEntry, *, begins: bool) -> None:
        """Enter an export, unless it began before, here or elsewhere, and is there.

        It is looked for first, so that it goes on where the ledger can be read but not written.
        """
        if begins or not await self._store.has_export(entry.export_id):
            await self._store.enter_export(entry)
        self._known[entry.export_id] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def _add(self, progress: Progress) -> None:
        before = self._progress.get(progress.export_id)
        self._progress[progress.export_id] = (
            progress if before is None else combined(before, progress)
        )


def combined(one: Progress, other: Progress) -> Progress:
    """Return the progress of one export that both contain, in whatever order they came to be."""
    return Progress(
        export_id=one.export_id,
        skipped=min(one.skipped, other.skipped),
        reached=max(one.reached, other.reached),
        updated_at=max(one.updated_at, other.updated_at),
        complete=one.complete or other.complete,
        added=one.added + other.added,
    )


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, and no longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _id_of(username: str, export: Walk | tuple[int, str, int]) -> bytes:
    """The same for all answers of a walk, or of a day of a feed, to a credential, on any server."""
    return hashlib.blake2b(_pack((username, export)), digest_size=_ID_BYTES).digest()


def _entry(username: str, asked: PageQuery, kind: str) -> ExportEntry:
    """Of a walk of which nothing was served yet."""
    return ExportEntry(
        export_id=_id_of(username, asked.walk),
        began_at=asked.walk.began,
        username=username,
        program_id=asked.walk.program_id,
        kind=kind,
        filters=query_string(asked.walk),
        skipped=asked.served,
        reached=asked.served,
        updated_at=instant.now(),
    )


def _new(export_id: bytes, began_at: int, username: str, program_id: int, kind: str) -> ExportEntry:
    """Of what is no walk, and of which nothing was served yet."""
    return ExportEntry(
        export_id=export_id,
        began_at=began_at,
        username=username,
        program_id=program_id,
        kind=kind,
        filters="",
        skipped=0,
        reached=0,
        updated_at=began_at,
    )

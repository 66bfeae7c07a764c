"""Runs the operations of the store on a file, and reads pages and the feed."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.feed import FeedPage, FeedQuery
from smsledger.ledger.model import Outcome
from smsledger.ledger.walk import Page, PageQuery
from smsledger.store.damage import Damage
from smsledger.store.page_plan import is_short
from smsledger.store.posting import Batch
from smsledger.store.session import Operation, T
from smsledger.store.sqlite import (
    changes,
    pages,
    posting,
    write_ahead_log,
)
from smsledger.store.sqlite.connection import connect, translated
from smsledger.store.sqlite.queries import SQL
from smsledger.store.sqlite.reference_cache import ReferenceCache
from smsledger.store.sqlite.session import SqliteSession, completed
from smsledger.store.sqlite.writer import Writer
from smsledger.store.stored_message import HistoryEntry, StoredMessage

LONG_READS = 8
# Between the steps of long work, for writers of other processes: SQLite's lock has no queue.
PAUSE = 0.01


class SqliteEngine:
    """A ledger in one file; see `Engine` for what each method promises.

    Short reads run on the event loop: they take less time than handing them to a thread. Pages
    under a filter that no index answers run in threads, each with a connection of its own;
    SQLite lets go of the interpreter while it searches.
    """

    def __init__(self, file: Path, damage: Damage, words: ConsentWords) -> None:
        self._file = file
        self._words = words
        self._translated = translated(damage)
        self._reader = connect(file)
        self._reference_cache = ReferenceCache(self._reader)
        self._writer = Writer(file, damage)
        self._long = ThreadPoolExecutor(LONG_READS, "long-read")
        self._gauge = ThreadPoolExecutor(1, "gauge")
        self._local = threading.local()

    async def close(self) -> None:
        self._writer.close()
        self._long.shutdown()
        self._gauge.shutdown()
        self._reader.close()

    async def read(self, work: Operation[T], *arguments: Any) -> T:
        answer: T = self._read(_operate, work, *arguments)
        return answer

    async def read_long(self, work: Operation[T], *arguments: Any) -> T:
        return await self._read_in(self._long, _operate_on_snapshot, work, *arguments)

    search = read_long

    async def count(self, work: Operation[T], *arguments: Any) -> T:
        return await self._read_in(self._gauge, _operate, work, *arguments)

    async def verify_reference(self) -> None:
        """Nothing: each read of the cache looks whether anybody has committed."""

    async def read_reference(self, work: Operation[T], *arguments: Any) -> T:
        with self._translated:
            known: T = self._reference_cache.read(_operate, work, *arguments)
        return known

    async def change(self, work: Operation[T], *arguments: Any) -> T:
        return await self._write(_operate, work, *arguments)

    change_reference = change

    async def pause(self) -> None:
        await asyncio.sleep(PAUSE)

    async def post(self, program_id: int, batch: Batch) -> list[Outcome]:
        return await self._write(posting.post, program_id, batch, self._words, rows=len(batch))

    async def page(self, query: PageQuery) -> Page:
        if is_short(query):
            return self._read(pages.read, query)
        return await self._read_in(self._long, pages.read, query)

    async def changes(self, query: FeedQuery) -> FeedPage:
        return await self._read_in(self._long, changes.read, query)

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        return self._read(posting.find_message, program_id, message_id)

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        return self._read(posting.history_of, program_id, message_id)

    async def epoch(self) -> str:
        return self._read(lambda connection: str(connection.execute(SQL.epoch).get))

    async def note_timeline(self) -> None:
        """A file has none."""

    async def empty_log(self, seconds: float) -> bool:
        with self._translated:
            return await asyncio.to_thread(write_ahead_log.truncate, self._file, seconds)

    async def backup(self, target: Path) -> None:
        await asyncio.to_thread(self._copy, target)

    def _read(self, work: Callable[..., T], *arguments: Any) -> T:
        with self._translated:
            return work(self._reader, *arguments)

    async def _read_in(
        self, threads: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any
    ) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, self._in_thread, work, arguments)

    def _in_thread(self, work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        with self._translated:
            if not hasattr(self._local, "connection"):
                self._local.connection = connect(self._file)
            return work(self._local.connection, *arguments)

    async def _write(self, work: Callable[..., T], *arguments: Any, rows: int = 1) -> T:
        def bound(connection: apsw.Connection) -> T:
            return work(connection, *arguments)

        result: T = await self._writer.run(bound, rows)
        return result

    def _copy(self, target: Path) -> None:
        with self._translated, closing(connect(self._file)) as connection:
            began = instant.now()
            connection.execute("VACUUM INTO ?", (str(target),))
        # Before the file gets its final name, so that every backup is marked.
        with translated(), closing(apsw.Connection(str(target))) as copied:
            copied.pragma("journal_mode", "memory")
            copied.execute(SQL.mark_backup, (began,))


def _operate(connection: apsw.Connection, work: Operation[T], *arguments: Any) -> T:
    """Return the result of an operation that is written once for both engines."""
    return completed(work(SqliteSession(connection), *arguments))


def _operate_on_snapshot(connection: apsw.Connection, work: Operation[T], *arguments: Any) -> T:
    """As `_operate`; what others commit meanwhile is not seen."""
    with connection:
        answer: T = _operate(connection, work, *arguments)
    return answer

"""Runs the operations of the store on a file, and reads pages and the feed."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.counts import Count, CountsQuery, RecentCount, RecentQuery
from smsledger.ledger.export_log import ExportEntry, Progress
from smsledger.ledger.feed import FeedPage, FeedQuery
from smsledger.ledger.model import Outcome
from smsledger.ledger.opt_outs import OptOutsQuery, OptOutsStep, RebuildStep
from smsledger.ledger.query import Page, PageQuery
from smsledger.store.damage import Damage
from smsledger.store.page_plan import is_short
from smsledger.store.posting import Batch
from smsledger.store.session import Operation, T
from smsledger.store.sqlite import (
    changes,
    consent,
    counts,
    erasure,
    export_log,
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
from smsledger.store.upkeep import purge

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
        return await self._read_in(self._long, _operate, work, *arguments)

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

    async def counts(self, query: CountsQuery) -> list[Count]:
        return await self._read_in(self._long, counts.read, query)

    async def recent_counts(self, query: RecentQuery) -> list[RecentCount]:
        return await self._read_in(self._long, counts.recent, query)

    async def opt_outs(self, query: OptOutsQuery) -> OptOutsStep:
        return await self._read_in(self._long, consent.opt_outs, query)

    async def codes_heard(self, program_ids: tuple[int, ...], limit: int) -> list[str]:
        return await self._read_in(self._long, consent.codes, program_ids, limit)

    async def note_words(self, words: ConsentWords) -> int | None:
        return await self._write(consent.note_words, words)

    async def count_numbers(self, program_id: int) -> int:
        return await self._read_in(self._long, consent.count_numbers, program_id)

    async def rebuild_consent(
        self, program_id: int, after: str, limit: int, words: ConsentWords
    ) -> RebuildStep:
        step = await self._write(consent.rebuild, program_id, after, limit, words)
        await asyncio.sleep(PAUSE)
        return step

    async def end_rebuild(self, words: ConsentWords, due: int | None) -> None:
        await self._write(consent.end_rebuild, words, due)

    async def erase(self, program_id: int, ids: list[str], words: ConsentWords) -> int:
        erased, unique = 0, list(dict.fromkeys(ids))
        for at in range(0, max(1, len(unique)), purge.CHUNK):
            some = unique[at : at + purge.CHUNK]
            erased += await self._write(erasure.under_ids, program_id, some, words)
            await asyncio.sleep(PAUSE)
        return erased

    async def erase_number(self, program_id: int, number: str, words: ConsentWords) -> int:
        erased = await self._until_nothing(erasure.some_of_number, program_id, number, words)
        await self._write(erasure.orphans_of_number, program_id, number, words)
        return erased

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        return self._read(posting.find_message, program_id, message_id)

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        return self._read(posting.history_of, program_id, message_id)

    async def enter_export(self, entry: ExportEntry) -> None:
        await self._write(export_log.enter, entry)

    async def follow_exports(self, progress: list[Progress]) -> None:
        await self._write(export_log.follow, progress, rows=len(progress))

    async def note_uses(self, uses: Mapping[str, int]) -> None:
        await self._write(export_log.note_uses, uses, rows=len(uses))

    async def epoch(self) -> str:
        return self._read(lambda connection: str(connection.execute(SQL.epoch).get))

    async def renew_epoch(self, epoch: str) -> None:
        await self._write(lambda connection: connection.execute(SQL.renew_epoch, {"epoch": epoch}))

    async def confirm_move(self) -> bool:
        def settle(connection: apsw.Connection) -> bool:
            connection.execute(SQL.settle)
            return connection.changes() > 0

        return await self._write(settle)

    async def note_timeline(self) -> None:
        """A file has none."""

    async def empty_log(self, seconds: float) -> bool:
        with self._translated:
            return await asyncio.to_thread(write_ahead_log.truncate, self._file, seconds)

    async def backup(self, target: Path) -> None:
        await asyncio.to_thread(self._copy, target)

    async def _until_nothing(self, work: Callable[..., int], *arguments: Any) -> int:
        """Repeat work that removes a few rows until none are left; others write in between."""
        removed = 0
        while some := await self._write(work, *arguments):
            removed += some
            await asyncio.sleep(PAUSE)
        return removed

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

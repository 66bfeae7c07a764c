"""The embedded engine: SQLite, one file, any number of processes."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.counts import Count, CountsQuery, RecentCount, RecentQuery
from smsledger.ledger.export_log import ExportEntry, LogQuery, Progress
from smsledger.ledger.feed import FeedPage, FeedQuery
from smsledger.ledger.model import (
    Campaign,
    Credential,
    Invitation,
    Message,
    Outcome,
    Program,
    Receipt,
    Session,
    Unrouted,
)
from smsledger.ledger.opt_outs import OptOutsQuery, OptOutsStep, RebuildStep
from smsledger.ledger.query import Page, PageQuery
from smsledger.store.damage import Damage
from smsledger.store.page_plan import is_short
from smsledger.store.posting import Batch, Messages, Receipts
from smsledger.store.protocol import Gauges
from smsledger.store.reference import campaigns, credentials, invitations, programs, sessions
from smsledger.store.session import Operation
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
from smsledger.store.sqlite.connection import (
    condition,
    connect,
    marker_of,
    path_of,
    revision,
    translated,
)
from smsledger.store.sqlite.queries import SQL
from smsledger.store.sqlite.reference_cache import ReferenceCache
from smsledger.store.sqlite.session import SqliteSession, completed
from smsledger.store.sqlite.writer import Writer
from smsledger.store.stored_message import HistoryEntry, StoredMessage
from smsledger.store.upkeep import exports, gauges, purge, unrouted

__all__ = ["SqliteStore", "condition", "marker_of", "path_of", "revision"]

T = TypeVar("T")
LONG_READS = 8
# Between the steps of long work, for writers of other processes: SQLite's lock has no queue.
PAUSE = 0.01


class SqliteStore:
    """A ledger in one file; see `Store` for what each method promises.

    Short reads run on the event loop: they take less time than handing them to a thread. Pages
    under a filter that no index answers run in threads, each with a connection of its own;
    SQLite lets go of the interpreter while it searches.
    """

    def __init__(self, file: Path, damage: Damage, words: ConsentWords) -> None:
        self._file = file
        self._words = words
        self._damage = damage
        self._translated = translated(damage)
        self._reader = connect(file)
        self._reference_cache = ReferenceCache(self._reader)
        self._writer = Writer(file, damage)
        self._long = ThreadPoolExecutor(LONG_READS, "long-read")
        self._gauge = ThreadPoolExecutor(1, "gauge")
        self._local = threading.local()

    async def close(self) -> None:
        """Finish what waits and let go."""
        self._writer.close()
        self._long.shutdown()
        self._gauge.shutdown()
        self._reader.close()

    def damage(self) -> str | None:
        return self._damage.reason()

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

    async def codes_of(self, program_id: int) -> set[str]:
        return self._ask(programs.codes, program_id)

    async def note_words(self) -> int | None:
        return await self._write(consent.note_words, self._words)

    async def count_numbers(self, program_id: int) -> int:
        return await self._read_in(self._long, consent.count_numbers, program_id)

    async def rebuild_consent(self, program_id: int, after: str, limit: int) -> RebuildStep:
        step = await self._write(consent.rebuild, program_id, after, limit, self._words)
        await asyncio.sleep(PAUSE)
        return step

    async def end_rebuild(self, due: int | None) -> None:
        await self._write(consent.end_rebuild, self._words, due)

    async def counter(self, program_id: int) -> int:
        return self._read(changes.counter, program_id)

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        return self._read(posting.find_message, program_id, message_id)

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        return self._read(posting.history_of, program_id, message_id)

    async def record_messages(
        self, program_id: int, messages: list[Message], *, any_code: bool = False
    ) -> list[Outcome]:
        return await self._post(program_id, Messages(messages, any_code))

    async def record_receipts(
        self, program_id: int, receipts: list[Receipt], *, lenient: bool = False
    ) -> list[Outcome]:
        return await self._post(program_id, Receipts(receipts, lenient))

    async def record_mo_contact(self, gateway: str) -> None:
        values = {"gateway": gateway, "now": instant.now()}
        await self._write(lambda connection: connection.execute(SQL.mo_contact, values))

    async def record_receipt_contact(self, gateway: str) -> None:
        values = {"gateway": gateway, "now": instant.now()}
        await self._write(lambda connection: connection.execute(SQL.receipt_contact, values))

    async def keep_unrouted(self, message: Unrouted) -> None:
        await self._change(unrouted.keep, message, self._words)

    async def has_unrouted(self, message: Unrouted) -> bool:
        return self._ask(unrouted.has, message)

    async def newest_unrouted(self) -> int:
        return self._ask(unrouted.newest)

    async def count_unrouted(self, limit: int) -> int:
        return await self._read_in(self._gauge, _operate, unrouted.count, limit)

    async def unrouted(self, after: int, limit: int) -> list[Unrouted]:
        return self._ask(unrouted.listing, after, limit)

    async def assign(self, ordinal: int, program_id: int, message: Message) -> Outcome:
        return await self._change(unrouted.assign, ordinal, program_id, message, self._words)

    async def route(self, short_code: str, keyword: str) -> int | None:
        return self._ask(programs.route, short_code, keyword)

    async def program(self, program_id: int) -> Program | None:
        return self._ask_cached(programs.find, program_id)

    async def programs(self) -> list[Program]:
        return self._ask(programs.listing)

    async def create_program(self, program: Program) -> Program:
        return await self._change(programs.create, program)

    async def update_program(self, program: Program, *, was: Program) -> None:
        await self._change(programs.update, program, was)

    async def set_active(self, program_id: int, *, active: bool) -> None:
        await self._change(programs.set_active, program_id, active)

    async def delete_program(self, program_id: int) -> None:
        await self.set_active(program_id, active=False)
        await purge.all_of(partial(self._until_nothing, _operate), program_id)
        await self._change(purge.program, program_id)

    async def campaigns(self) -> list[Campaign]:
        return self._ask(campaigns.listing)

    async def create_campaign(self, name: str) -> Campaign:
        return await self._change(campaigns.create, name)

    async def rename_campaign(self, campaign_id: int, name: str) -> None:
        await self._change(campaigns.rename, campaign_id, name)

    async def erase(self, program_id: int, ids: list[str]) -> int:
        erased, unique = 0, list(dict.fromkeys(ids))
        for at in range(0, max(1, len(unique)), purge.CHUNK):
            some = unique[at : at + purge.CHUNK]
            erased += await self._write(erasure.under_ids, program_id, some, self._words)
            await asyncio.sleep(PAUSE)
        return erased

    async def erase_number(self, program_id: int, number: str) -> int:
        erased = await self._until_nothing(erasure.some_of_number, program_id, number, self._words)
        await self._write(erasure.orphans_of_number, program_id, number, self._words)
        return erased

    async def empty_log(self, seconds: float) -> bool:
        with self._translated:
            return await asyncio.to_thread(write_ahead_log.truncate, self._file, seconds)

    async def credential(self, username: str) -> Credential | None:
        return self._ask_cached(credentials.find, username)

    async def credentials(self) -> list[Credential]:
        return self._ask(credentials.listing)

    async def create_credential(self, credential: Credential, digest: bytes | None = None) -> None:
        await self._change(credentials.create, credential, digest)

    async def rotate_credential(self, username: str, digest: bytes, until: int) -> None:
        await self._change(credentials.rotate, username, digest, until)

    async def revoke_credential(self, username: str, *, spare_last: bool = False) -> None:
        await self._change(credentials.revoke, username, spare_last)

    async def invite(self, username: str, digest: bytes, expires_at: int, overlap: int) -> None:
        await self._change(invitations.add, username, digest, expires_at, overlap)

    async def invitation(self, digest: bytes) -> Invitation | None:
        return self._ask(invitations.find, digest)

    async def redeem(self, digest: bytes, secret_digest: bytes) -> str:
        return await self._change(invitations.redeem, digest, secret_digest)

    async def session(self, digest: bytes) -> Session | None:
        return self._ask(sessions.find, digest)

    async def create_session(self, digest: bytes, session: Session) -> None:
        await self._change(sessions.create, digest, session)

    async def end_session(self, digest: bytes) -> None:
        await self._change(sessions.end, digest)

    async def end_sessions(self, username: str) -> None:
        await self._change(sessions.end_all, username)

    async def enter_export(self, entry: ExportEntry) -> None:
        await self._write(export_log.enter, entry)

    async def has_export(self, export_id: bytes) -> bool:
        return self._ask(exports.is_there, export_id)

    async def follow_exports(self, progress: list[Progress]) -> None:
        await self._write(export_log.follow, progress, rows=len(progress))

    async def exports(self, query: LogQuery) -> list[ExportEntry]:
        return await self._read_in(self._long, _operate, exports.listing, query)

    async def note_uses(self, uses: Mapping[str, int]) -> None:
        await self._write(export_log.note_uses, uses, rows=len(uses))

    async def last_uses(self) -> dict[str, int]:
        return self._ask(exports.last_uses)

    async def purge(self, before: int) -> int:
        repeat = partial(self._until_nothing, _operate)
        return await purge.old(repeat, self._ask(programs.ids), before)

    async def gauges(self, now: int) -> Gauges:
        return await gauges.read(partial(self._read_in, self._gauge, _operate), now)

    async def backup(self, target: Path) -> None:
        await asyncio.to_thread(self._copy, target)

    async def _until_nothing(self, work: Callable[..., int], *arguments: Any) -> int:
        """Repeat work that removes a few rows until none are left; others write in between."""
        removed = 0
        while some := await self._write(work, *arguments):
            removed += some
            await asyncio.sleep(PAUSE)
        return removed

    def _ask(self, work: Operation[T], *arguments: Any) -> T:
        answer: T = self._read(_operate, work, *arguments)
        return answer

    async def _change(self, work: Operation[T], *arguments: Any) -> T:
        return await self._write(_operate, work, *arguments)

    def _read(self, work: Callable[..., T], *arguments: Any) -> T:
        with self._translated:
            return work(self._reader, *arguments)

    def _ask_cached(self, work: Operation[T], *arguments: Any) -> T:
        with self._translated:
            known: T = self._reference_cache.read(_operate, work, *arguments)
        return known

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

    async def _post(self, program_id: int, batch: Batch) -> list[Outcome]:
        return await self._write(posting.post, program_id, batch, self._words, rows=len(batch))

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

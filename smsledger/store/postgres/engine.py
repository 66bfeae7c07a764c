"""Runs the operations of the store in a database, and reads pages and the feed."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from smsledger.errors import Unavailable
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.feed import FeedPage, FeedQuery
from smsledger.ledger.model import Outcome
from smsledger.ledger.walk import Page, PageQuery
from smsledger.store.damage import Damage
from smsledger.store.engine import TimelineChange
from smsledger.store.errors import UnconfirmedRestore
from smsledger.store.postgres import place, posting
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.database import Database
from smsledger.store.postgres.dump import dump
from smsledger.store.postgres.queries import SQL
from smsledger.store.postgres.reader import Reader
from smsledger.store.postgres.reference_cache import ReferenceCache
from smsledger.store.postgres.session import PostgresSession
from smsledger.store.postgres.writer import Writer
from smsledger.store.posting import Batch
from smsledger.store.session import Operation, T
from smsledger.store.stored_message import HistoryEntry, StoredMessage


class PostgresEngine:
    """A ledger in a database; see `Engine` for what each method promises."""

    def __init__(
        self,
        url: str,
        *,
        read_url: str,
        connections: int,
        check: Callable[[], Awaitable[None]],
        check_connection: Callable[[Connection], Awaitable[None]] | None,
        damage: Damage,
        replica_damage: Damage,
        words: ConsentWords,
    ) -> None:
        self._url = url
        self._database = Database(
            url,
            connections=connections,
            check=check,
            check_connection=check_connection,
            damage=damage,
        )
        replica = (
            Database(
                read_url,
                connections=connections,
                any_host=True,
                check_connection=place.require,
                damage=replica_damage,
            )
            if read_url
            else None
        )
        # A third of the connections may write and a third may run long searches, so one is always
        # free for short reads.
        share = max(1, connections // 3)
        self._reader = Reader(self._database, replica, share)
        self._writer = Writer(self._database, share, words)
        self._reference_cache = ReferenceCache(self._database)

    async def close(self) -> None:
        await self._writer.close()
        await self._reader.close()
        await self._database.close()

    async def read(self, work: Operation[T], *arguments: Any) -> T:
        return await self._read(_operate, work, *arguments)

    # Whichever it is, the event loop waits for the database only.
    read_long = read
    count = read

    async def search(self, work: Operation[T], *arguments: Any) -> T:
        return await self._reader.search(_operate, work, *arguments)

    async def verify_reference(self) -> None:
        await self._reference_cache.verify()

    async def read_reference(self, work: Operation[T], *arguments: Any) -> T:
        return await self._reference_cache.read(_operate, work, *arguments)

    async def change(self, work: Operation[T], *arguments: Any) -> T:
        return await self._transact(_operate, work, *arguments)

    async def change_reference(self, work: Operation[T], *arguments: Any) -> T:
        async def counted(connection: Connection) -> T:
            await connection.execute(SQL.count_reference_change)
            return await _operate(connection, work, *arguments)

        try:
            return await self._database.transact(counted)
        finally:
            self._reference_cache.forget()

    async def pause(self) -> None:
        """Nothing: those that wait for a lock have it next."""

    async def post(self, program_id: int, batch: Batch) -> list[Outcome]:
        return await self._writer.post(program_id, batch)

    async def page(self, query: PageQuery) -> Page:
        return await self._reader.page(query)

    async def changes(self, query: FeedQuery) -> FeedPage:
        return await self._reader.changes(query)

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        return await self._read(posting.find_message, program_id, message_id)

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        stored = await self.message(program_id, message_id)
        return await self._read(posting.history_of, program_id, stored.serial) if stored else []

    async def epoch(self) -> str:
        return str(await self._database.ping(SQL.epoch))

    async def note_timeline(self) -> TimelineChange | None:
        try:
            return await self._read(place.note_timeline)
        except UnconfirmedRestore as error:
            # A dump was restored under the connections, or a pooler leads elsewhere.
            self._database.abandon()
            raise Unavailable.store() from error

    async def empty_log(self, seconds: float) -> bool:  # noqa: ARG002 (it is not ours to empty)
        return True

    async def backup(self, target: Path) -> None:
        await asyncio.to_thread(dump, self._url, target)

    async def _read(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        async with self._database.connection() as connection:
            return await work(connection, *arguments)

    async def _transact(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        return await self._database.transact(lambda connection: work(connection, *arguments))


async def _operate(connection: Connection, work: Operation[T], *arguments: Any) -> T:
    """Return the result of an operation that is written once for both engines."""
    return await work(PostgresSession(connection), *arguments)

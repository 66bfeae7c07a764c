"""The production engine: PostgreSQL, any number of server processes, replicas, a pooler."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from smsledger.errors import Unavailable
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
from smsledger.store.postgres import (
    changes,
    consent,
    erasure,
    export_log,
    place,
    posting,
)
from smsledger.store.postgres.condition import condition, revision
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.database import Database
from smsledger.store.postgres.dump import dump
from smsledger.store.postgres.gateway_contacts import GatewayContacts
from smsledger.store.postgres.place import require as require_place
from smsledger.store.postgres.queries import SQL
from smsledger.store.postgres.reader import Reader
from smsledger.store.postgres.reference_cache import ReferenceCache
from smsledger.store.postgres.session import PostgresSession
from smsledger.store.postgres.shared_task import SharedTask
from smsledger.store.postgres.writer import Writer
from smsledger.store.posting import Messages, Receipts
from smsledger.store.protocol import Gauges, TimelineChange, UnconfirmedRestore
from smsledger.store.reference import campaigns, credentials, invitations, programs, sessions
from smsledger.store.session import Operation
from smsledger.store.stored_message import HistoryEntry, StoredMessage
from smsledger.store.upkeep import exports, gauges, purge, unrouted

__all__ = ["PostgresStore", "condition", "require_place", "revision"]

T = TypeVar("T")


class PostgresStore:
    """A ledger in a database; see `Store` for what each method promises."""

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
        self._words = words
        self._damage = damage
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
        # A third of the connections may write, a third may search at length: for what is short,
        # such as whether a credential still holds, there is always one.
        share = max(1, connections // 3)
        self._reader = Reader(self._database, replica, share)
        self._writer = Writer(self._database, share, words)
        self._reference_cache = ReferenceCache(self._database)
        self._gateways = GatewayContacts(self._database)
        self._entering = export_log.Entering(self._database)
        self._counting: SharedTask[Gauges] = SharedTask()

    async def close(self) -> None:
        """Finish what waits and let go."""
        await self._writer.close()
        await self._reader.close()
        await self._database.close()

    def damage(self) -> str | None:
        return self._damage.reason()

    async def epoch(self) -> str:
        return str(await self._database.ping(SQL.epoch))

    async def renew_epoch(self, epoch: str) -> None:
        async def renew(connection: Connection) -> None:
            await connection.execute(SQL.renew_epoch, epoch)
            await place.settle(connection)

        await self._transact(renew)

    async def confirm_move(self) -> bool:
        async def confirm(connection: Connection) -> bool:
            backup_at = await connection.fetchval(SQL.backup_at)
            displaced = await place.displacement(connection)
            await place.settle(connection)
            return backup_at is not None or displaced is not None

        return await self._transact(confirm)

    async def note_timeline(self) -> TimelineChange | None:
        try:
            return await self._read(place.note_timeline)
        except UnconfirmedRestore as error:
            # A dump was restored under the connections, or a pooler leads elsewhere.
            self._database.abandon()
            raise Unavailable.store() from error

    async def page(self, query: PageQuery) -> Page:
        return await self._reader.page(query)

    async def changes(self, query: FeedQuery) -> FeedPage:
        return await self._reader.changes(query)

    async def counts(self, query: CountsQuery) -> list[Count]:
        return await self._reader.counts(query)

    async def recent_counts(self, query: RecentQuery) -> list[RecentCount]:
        return await self._reader.recent_counts(query)

    async def opt_outs(self, query: OptOutsQuery) -> OptOutsStep:
        return await self._read(consent.opt_outs, query)

    async def codes_heard(self, program_ids: tuple[int, ...], limit: int) -> list[str]:
        return await self._read(consent.codes, program_ids, limit)

    async def codes_of(self, program_id: int) -> set[str]:
        return await self._ask(programs.codes, program_id)

    async def note_words(self) -> int | None:
        return await self._transact(consent.note_words, self._words)

    async def count_numbers(self, program_id: int) -> int:
        return await self._read(consent.count_numbers, program_id)

    async def rebuild_consent(self, program_id: int, after: str, limit: int) -> RebuildStep:
        return await self._transact(consent.rebuild, program_id, after, limit, self._words)

    async def end_rebuild(self, due: int | None) -> None:
        await self._transact(consent.end_rebuild, self._words, due)

    async def counter(self, program_id: int) -> int:
        return await self._read(changes.counter, program_id)

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        return await self._read(posting.find_message, program_id, message_id)

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        stored = await self.message(program_id, message_id)
        return await self._read(posting.history_of, program_id, stored.serial) if stored else []

    async def record_messages(
        self, program_id: int, messages: list[Message], *, any_code: bool = False
    ) -> list[Outcome]:
        return await self._writer.post(program_id, Messages(messages, any_code))

    async def record_receipts(
        self, program_id: int, receipts: list[Receipt], *, lenient: bool = False
    ) -> list[Outcome]:
        return await self._writer.post(program_id, Receipts(receipts, lenient))

    async def record_mo_contact(self, gateway: str) -> None:
        await self._gateways.record(SQL.mo_contact, gateway, instant.now())

    async def record_receipt_contact(self, gateway: str) -> None:
        await self._gateways.record(SQL.receipt_contact, gateway, instant.now())

    async def keep_unrouted(self, message: Unrouted) -> None:
        await self._change(unrouted.keep, message, self._words)

    async def has_unrouted(self, message: Unrouted) -> bool:
        return await self._ask(unrouted.has, message)

    async def newest_unrouted(self) -> int:
        return await self._ask(unrouted.newest)

    async def count_unrouted(self, limit: int) -> int:
        return await self._ask(unrouted.count, limit)

    async def unrouted(self, after: int, limit: int) -> list[Unrouted]:
        return await self._ask(unrouted.listing, after, limit)

    async def assign(self, ordinal: int, program_id: int, message: Message) -> Outcome:
        return await self._change(unrouted.assign, ordinal, program_id, message, self._words)

    async def route(self, short_code: str, keyword: str) -> int | None:
        return await self._reference_cache.read(_operate, programs.route, short_code, keyword)

    async def program(self, program_id: int) -> Program | None:
        """One program, as of the last `credential`, which every request asks for first."""
        return await self._reference_cache.read(_operate, programs.find, program_id)

    async def programs(self) -> list[Program]:
        return await self._ask(programs.listing)

    async def create_program(self, program: Program) -> Program:
        return await self._change_reference(programs.create, program)

    async def update_program(self, program: Program, *, was: Program) -> None:
        await self._change_reference(programs.update, program, was)

    async def set_active(self, program_id: int, *, active: bool) -> None:
        await self._change_reference(programs.set_active, program_id, active)

    async def delete_program(self, program_id: int) -> None:
        await self.set_active(program_id, active=False)
        await purge.all_of(partial(self._until_nothing, _operate), program_id)
        await self._change_reference(purge.program, program_id)

    async def campaigns(self) -> list[Campaign]:
        return await self._ask(campaigns.listing)

    async def create_campaign(self, name: str) -> Campaign:
        return await self._change_reference(campaigns.create, name)

    async def rename_campaign(self, campaign_id: int, name: str) -> None:
        await self._change_reference(campaigns.rename, campaign_id, name)

    async def erase(self, program_id: int, ids: list[str]) -> int:
        erased, unique = 0, list(dict.fromkeys(ids))
        for at in range(0, max(1, len(unique)), purge.CHUNK):
            some = unique[at : at + purge.CHUNK]
            erased += await self._transact(erasure.under_ids, program_id, some, self._words)
        return erased

    async def erase_number(self, program_id: int, number: str) -> int:
        erased = await self._until_nothing(erasure.some_of_number, program_id, number, self._words)
        await self._transact(erasure.orphans_of_number, program_id, number, self._words)
        return erased

    async def empty_log(self, seconds: float) -> bool:  # noqa: ARG002 (it is not ours to empty)
        return True

    async def credential(self, username: str) -> Credential | None:
        await self._reference_cache.verify()
        return await self._reference_cache.read(_operate, credentials.find, username)

    async def credentials(self) -> list[Credential]:
        return await self._ask(credentials.listing)

    async def create_credential(self, credential: Credential, digest: bytes | None = None) -> None:
        await self._change_reference(credentials.create, credential, digest)

    async def rotate_credential(self, username: str, digest: bytes, until: int) -> None:
        await self._change_reference(credentials.rotate, username, digest, until)

    async def revoke_credential(self, username: str, *, spare_last: bool = False) -> None:
        await self._change_reference(credentials.revoke, username, spare_last)

    async def invite(self, username: str, digest: bytes, expires_at: int, overlap: int) -> None:
        await self._change_reference(invitations.add, username, digest, expires_at, overlap)

    async def invitation(self, digest: bytes) -> Invitation | None:
        return await self._ask(invitations.find, digest)

    async def redeem(self, digest: bytes, secret_digest: bytes) -> str:
        return await self._change_reference(invitations.redeem, digest, secret_digest)

    async def session(self, digest: bytes) -> Session | None:
        return await self._ask(sessions.find, digest)

    async def create_session(self, digest: bytes, session: Session) -> None:
        await self._change(sessions.create, digest, session)

    async def end_session(self, digest: bytes) -> None:
        await self._change(sessions.end, digest)

    async def end_sessions(self, username: str) -> None:
        await self._change(sessions.end_all, username)

    async def enter_export(self, entry: ExportEntry) -> None:
        await self._entering.enter(entry)

    async def has_export(self, export_id: bytes) -> bool:
        return await self._ask(exports.is_there, export_id)

    async def follow_exports(self, progress: list[Progress]) -> None:
        await self._transact(export_log.follow, progress)

    async def exports(self, query: LogQuery) -> list[ExportEntry]:
        return await self._ask(exports.listing, query)

    async def note_uses(self, uses: Mapping[str, int]) -> None:
        await self._transact(export_log.note_uses, uses)

    async def last_uses(self) -> dict[str, int]:
        return await self._ask(exports.last_uses)

    async def purge(self, before: int) -> int:
        repeat = partial(self._until_nothing, _operate)
        return await purge.old(repeat, await self._ask(programs.ids), before)

    async def gauges(self, now: int) -> Gauges:
        """All figures; who asks while they are counted gets the same."""
        return await self._counting.join(lambda: gauges.read(self._ask, now))

    async def backup(self, target: Path) -> None:
        await asyncio.to_thread(dump, self._url, target)

    async def _until_nothing(self, work: Callable[..., Awaitable[int]], *arguments: Any) -> int:
        """Repeat work that removes a few rows until none are left; others write in between."""
        removed = 0
        while some := await self._transact(work, *arguments):
            removed += some
        return removed

    async def _ask(self, work: Operation[T], *arguments: Any) -> T:
        return await self._read(_operate, work, *arguments)

    async def _change(self, work: Operation[T], *arguments: Any) -> T:
        return await self._transact(_operate, work, *arguments)

    async def _change_reference(self, work: Operation[T], *arguments: Any) -> T:
        return await self._refer(_operate, work, *arguments)

    async def _read(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        async with self._database.connection() as connection:
            return await work(connection, *arguments)

    async def _transact(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        return await self._database.transact(lambda connection: work(connection, *arguments))

    async def _refer(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Change programs or credentials, so that every process forgets what it knew of them."""

        async def counted(connection: Connection) -> T:
            await connection.execute(SQL.count_reference_change)
            return await work(connection, *arguments)

        try:
            return await self._database.transact(counted)
        finally:
            self._reference_cache.forget()


async def _operate(connection: Connection, work: Operation[T], *arguments: Any) -> T:
    """Return the result of an operation that is written once for both engines."""
    return await work(PostgresSession(connection), *arguments)

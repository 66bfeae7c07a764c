"""The store: what each method promises, and which operation it runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
from smsledger.ledger.walk import Page, PageQuery
from smsledger.store.damage import Damage
from smsledger.store.engine import Engine, TimelineChange
from smsledger.store.posting import Messages, Receipts
from smsledger.store.reference import campaigns, credentials, invitations, programs, sessions
from smsledger.store.session import Operation
from smsledger.store.shared_task import SharedTask
from smsledger.store.stored_message import HistoryEntry, StoredMessage
from smsledger.store.upkeep import (
    consent,
    counts,
    erasure,
    exports,
    gateway_contacts,
    gauges,
    opt_outs,
    purge,
    restore,
    unrouted,
)


class Store:
    """A ledger: programs, messages, histories, receipts, unrouted messages, credentials.

    Every method raises `Unavailable` when the store cannot be reached; the change was then not
    made, or its commit was not confirmed. What a writing method has returned is durable.
    """

    def __init__(self, engine: Engine, damage: Damage, words: ConsentWords) -> None:
        self._engine = engine
        self._damage = damage
        self._words = words
        self._contacts = gateway_contacts.GatewayContacts(engine)
        self._export_writer = exports.ExportWriter(engine)
        self._counting: SharedTask[gauges.Gauges] = SharedTask()

    async def close(self) -> None:
        """Finish queued work, then close all connections."""
        await self._engine.close()

    async def epoch(self) -> str:
        """The random name of this ledger."""
        return await self._engine.epoch()

    def damage(self) -> str | None:
        """Return why the ledger counts as damaged, whichever process found it; None if it does not.

        Until an operator has repaired the ledger, all methods that write raise `StoreDamaged`.
        """
        return self._damage.reason()

    async def renew_epoch(self, epoch: str) -> None:
        """Give the ledger a new epoch: cursors handed out before are refused from now on.

        This also confirms a ledger that is a backup or in another place: it can be used then.
        """
        await self._engine.change(restore.renew_epoch, epoch)

    async def confirm_move(self) -> bool:
        """Confirm a ledger that is a backup or in another place; its epoch stays.

        Returns whether it was either.
        """
        return await self._engine.change(restore.confirm_move)

    async def note_timeline(self) -> TimelineChange | None:
        """Return a change of PostgreSQL's timeline, to one caller of all servers; else None.

        Raises `Unavailable` also if the ledger is in another place; other methods then do so too.
        """
        return await self._engine.note_timeline()

    async def page(self, query: PageQuery) -> Page:
        """One page of a walk; raises `ProgramNotFound`."""
        return await self._engine.page(query)

    async def changes(self, query: FeedQuery) -> FeedPage:
        """A step of the change feed; raises `ProgramNotFound`."""
        return await self._engine.changes(query)

    async def counts(self, query: CountsQuery) -> list[Count]:
        """How many messages there are, as of one moment; none of a program that is not there.

        In the order of start, type, delivery status and network; what there is none of is left
        out.
        """
        return await self._engine.search(counts.read, query)

    async def recent_counts(self, query: RecentQuery) -> list[RecentCount]:
        """The latest messages of some programs, as of one moment, in no order; see `RecentCount`.

        A program without messages, or that is not there, has none.
        """
        return await self._engine.search(counts.recent, query)

    async def opt_outs(self, query: OptOutsQuery) -> OptOutsStep:
        """A step through the opt-outs of a short code, by number; fewer than asked: the last."""
        return await self._engine.read_long(opt_outs.step, query)

    async def codes_with_events(self, program_ids: tuple[int, ...], limit: int) -> list[str]:
        """Return the lowest short codes with consent events in any of the programs."""
        return await self._engine.read_long(opt_outs.codes, program_ids, limit)

    async def note_words(self) -> int | None:
        """Store the words by which this store judges messages from now on.

        If events in the ledger were judged by other words, a rebuild is due. Returns since when, or
        None.
        """
        return await self._engine.change(consent.note_words, self._words)

    async def count_numbers(self, program_id: int) -> int:
        """Return how many numbers of a program have messages."""
        return await self._engine.read_long(consent.count_numbers, program_id)

    async def rebuild_consent(self, program_id: int, after: str, limit: int) -> RebuildStep:
        """Judge all stored messages of some numbers again, in one short transaction.

        A call takes the next `limit` numbers after `after`, in order. Messages without a program
        belong to `NO_PROGRAM`. A second call for the same numbers changes nothing.
        """
        step = await self._engine.change(consent.rebuild, program_id, after, limit, self._words)
        await self._engine.pause()
        return step

    async def end_rebuild(self, due: int | None) -> None:
        """Record that all numbers were judged by the words of this store.

        `due` is what `note_words` returned before. If words or keywords have changed since, a
        rebuild stays due.
        """
        await self._engine.change(consent.end_rebuild, self._words, due)

    async def codes_of(self, program_id: int) -> set[str]:
        """Return the short codes that a program has or had, without a plus."""
        return await self._engine.read(programs.codes, program_id)

    async def counter(self, program_id: int) -> int:
        """The last number drawn in a program; 0 where there is no such program."""
        return await self._engine.read(programs.counter, program_id)

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        """One message as it stands."""
        return await self._engine.message(program_id, message_id)

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        """All that was said about a message after its birth, in the order of `change`."""
        return await self._engine.history(program_id, message_id)

    async def record_messages(
        self, program_id: int, messages: list[Message], *, any_code: bool = False
    ) -> list[Outcome]:
        """Post messages, outcomes in their order; raises `ProgramNotFound`, `ProgramInactive`.

        `any_code`: the caller may ingest for all programs, so opt-outs and opt-ins in the messages
        count on every short code. Otherwise they count on the codes that the program has or had.
        """
        return await self._engine.post(program_id, Messages(messages, any_code))

    async def record_receipts(
        self, program_id: int, receipts: list[Receipt], *, lenient: bool = False
    ) -> list[Outcome]:
        """Post receipts, outcomes in their order; those without a message wait for it.

        Raises `ProgramNotFound`, but for `NO_PROGRAM`.

        `lenient`: a status that its message cannot have goes to the history instead of being
        rejected.
        """
        return await self._engine.post(program_id, Receipts(receipts, lenient))

    async def record_mo_contact(self, gateway: str) -> None:
        """Record that the gateway delivered a message, at most once a second.

        Calls in between write nothing.
        """
        await self._contacts.record(gateway_contacts.mo, gateway)

    async def record_receipt_contact(self, gateway: str) -> None:
        """Record that the gateway delivered a receipt, at most once a second.

        Calls in between write nothing.
        """
        await self._contacts.record(gateway_contacts.receipt, gateway)

    async def keep_unrouted(self, message: Unrouted) -> None:
        """Keep a message that has no program; the same id of the same gateway once only."""
        await self._engine.change(unrouted.keep, message, self._words)

    async def has_unrouted(self, message: Unrouted) -> bool:
        """Return whether the message is stored: same gateway, id and content, assigned or not."""
        return await self._engine.read(unrouted.has, message)

    async def newest_unrouted(self) -> int:
        """Return the highest ordinal of the unrouted messages; 0 if there are none."""
        return await self._engine.read(unrouted.newest)

    async def count_unrouted(self, limit: int) -> int:
        """Return the number of unrouted messages; counting stops at the limit."""
        return await self._engine.count(unrouted.count, limit)

    async def unrouted(self, after: int, limit: int) -> list[Unrouted]:
        """Messages that wait for a program, by ordinal, from after the given one."""
        return await self._engine.read(unrouted.listing, after, limit)

    async def assign(self, ordinal: int, program_id: int, message: Message) -> Outcome:
        """Post the message of an unrouted one into a program; unless rejected it waits no more.

        Raises `Missing`, `ProgramNotFound`, `ProgramInactive`.
        """
        return await self._engine.change(unrouted.assign, ordinal, program_id, message, self._words)

    async def route(self, short_code: str, keyword: str) -> int | None:
        """Return the id of the program that an MO with that short code and first word belongs to.

        None if there is none. On PostgreSQL the answer is as of the last `credential` call, which
        every request makes first, or newer.
        """
        return await self._engine.read_reference(programs.route, short_code, keyword)

    async def program(self, program_id: int) -> Program | None:
        """Return the program, or None.

        On PostgreSQL the answer is as of the last `credential` call, which every request makes
        first, or newer.
        """
        return await self._engine.read_reference(programs.find, program_id)

    async def programs(self) -> list[Program]:
        """All programs, by id."""
        return await self._engine.read(programs.listing)

    async def create_program(self, program: Program) -> Program:
        """Add a program (id 0: the next free one); raises `Taken`."""
        return await self._engine.change_reference(programs.create, program)

    async def update_program(self, program: Program, *, was: Program) -> None:
        """Let the program under that id be as given, if it still is as it `was`.

        Raises `ProgramNotFound`, `Changed`, `Taken`.
        """
        await self._engine.change_reference(programs.update, program, was)

    async def set_active(self, program_id: int, *, active: bool) -> None:
        """Let a program take new messages, or not; raises `ProgramNotFound`."""
        await self._engine.change_reference(programs.set_active, program_id, active)

    async def delete_program(self, program_id: int) -> None:
        """Remove a program and all that it has, in short transactions."""
        await self.set_active(program_id, active=False)
        await purge.all_of(self._until_nothing, program_id)
        await self._engine.change_reference(purge.program, program_id)

    async def campaigns(self) -> list[Campaign]:
        """All campaigns, by name."""
        return await self._engine.read(campaigns.listing)

    async def create_campaign(self, name: str) -> Campaign:
        """Add a campaign; raises `Taken`."""
        return await self._engine.change_reference(campaigns.create, name)

    async def rename_campaign(self, campaign_id: int, name: str) -> None:
        """Give a campaign another name; raises `Missing`, `Taken`."""
        await self._engine.change_reference(campaigns.rename, campaign_id, name)

    async def erase(self, program_id: int, ids: list[str]) -> int:
        """Erase the messages under the ids, for good; how many there were.

        In short transactions: each message leaves with its history and the receipts that wait
        under its id, and a tombstone takes the program's next number. An id that is unknown is
        no error; the receipts that wait under it leave too. What is ingested under an erased id
        later is a new message.

        Raises `ProgramNotFound`.
        """
        erased, unique = 0, list(dict.fromkeys(ids))
        for at in range(0, max(1, len(unique)), purge.CHUNK):
            some = unique[at : at + purge.CHUNK]
            erased += await self._engine.change(erasure.under_ids, program_id, some, self._words)
            await self._engine.pause()
        return erased

    async def erase_number(self, program_id: int, number: str) -> int:
        """Erase all messages of a handset, as `erase` does, and its waiting receipts; how many.

        Raises `ProgramNotFound`. Under `NO_PROGRAM` they are those that wait for a program.
        """
        facts = (program_id, number, self._words)
        erased = await self._until_nothing(erasure.messages_of_number, *facts)
        await self._engine.change(erasure.orphans_of_number, *facts)
        return erased

    async def empty_log(self, seconds: float) -> bool:
        """Empty the write-ahead log of erased texts; return whether this was done within the time.

        Only SQLite's log belongs to the ledger. On PostgreSQL this returns True: its vacuum and its
        own log decide how long the bytes remain.
        """
        return await self._engine.empty_log(seconds)

    async def credential(self, username: str) -> Credential | None:
        """One credential, with the digests of its secrets."""
        await self._engine.verify_reference()
        return await self._engine.read_reference(credentials.find, username)

    async def credentials(self) -> list[Credential]:
        """All credentials, by user name."""
        return await self._engine.read(credentials.listing)

    async def create_credential(self, credential: Credential, digest: bytes | None = None) -> None:
        """Add a credential with its first secret, or with none yet; raises `Taken`."""
        await self._engine.change_reference(credentials.create, credential, digest)

    async def rotate_credential(self, username: str, digest: bytes, until: int) -> None:
        """Add a secret; the ones before work until the instant; raises `Missing`.

        An invitation that was not used yet ends.
        """
        await self._engine.change_reference(credentials.rotate, username, digest, until)

    async def revoke_credential(self, username: str, *, spare_last: bool = False) -> None:
        """Remove a credential; raises `Missing`.

        With `spare_last`, raises `LastAdministrator` where no other would administer the ledger.
        """
        await self._engine.change_reference(credentials.revoke, username, spare_last)

    async def invite(self, username: str, digest: bytes, expires_at: int, overlap: int) -> None:
        """Keep an invitation by its token's digest, instead of one not used yet.

        See `Invitation`. Raises `Missing` where there is no such credential.
        """
        await self._engine.change_reference(invitations.add, username, digest, expires_at, overlap)

    async def invitation(self, digest: bytes) -> Invitation | None:
        """The invitation; for a while also one that was used or has expired."""
        return await self._engine.read(invitations.find, digest)

    async def redeem(self, digest: bytes, secret_digest: bytes) -> str:
        """Use an invitation up and add the secret to its credential; whose it is.

        Raises `Missing` where it is unknown, used or expired.
        """
        return await self._engine.change_reference(invitations.redeem, digest, secret_digest)

    async def session(self, digest: bytes) -> Session | None:
        """The session whose token has the digest; whether it holds is judged by its credential."""
        return await self._engine.read(sessions.find, digest)

    async def create_session(self, digest: bytes, session: Session) -> None:
        """Begin a session; raises `Missing` where its credential is gone."""
        await self._engine.change(sessions.create, digest, session)

    async def end_session(self, digest: bytes) -> None:
        """Forget a session, if it is there."""
        await self._engine.change(sessions.end, digest)

    async def end_sessions(self, username: str) -> None:
        """Forget all sessions of a credential."""
        await self._engine.change(sessions.end_all, username)

    async def enter_export(self, entry: ExportEntry) -> None:
        """Enter an export in the log; one that is there stays as it is."""
        await self._export_writer.enter(entry)

    async def has_export(self, export_id: bytes) -> bool:
        """Whether an export is in the log."""
        return await self._engine.read(exports.has, export_id)

    async def follow_exports(self, progress: list[Progress]) -> None:
        """Write down how far exports have got, at most one `Progress` for each."""
        await self._engine.change(exports.follow, progress)

    async def exports(self, query: LogQuery) -> list[ExportEntry]:
        """Entries of the log, newest first."""
        return await self._engine.read_long(exports.listing, query)

    async def note_uses(self, uses: Mapping[str, int]) -> None:
        """Record when credentials were last used, except of deleted credentials."""
        await self._engine.change(credentials.note_uses, uses)

    async def last_uses(self) -> dict[str, int]:
        """The instant of each credential's last use, by user name; absent where there is none."""
        return await self._engine.read(credentials.last_uses)

    async def purge(self, before: int) -> int:
        """Remove what is dated before the instant, in short transactions; how many messages.

        So are entries of the log of exports, by their beginning.

        Tombstones leave a day later than messages of their age would, but for a program's newest
        of that age, which says up to which number some may be missing.
        """
        program_ids = await self._engine.read(programs.ids)
        return await purge.old(self._until_nothing, program_ids, before)

    async def gauges(self, now: int) -> gauges.Gauges:
        """Return the figures for /metrics, without those that damage makes unreadable.

        Callers that ask while they are counted get the same figures, as of the first caller's
        `now`.
        """
        return await self._counting.join(lambda: gauges.read(self._engine.count, now))

    async def backup(self, target: Path) -> None:
        """Copy the ledger as it stands to a new file, while it is being written.

        The file is as the engine's own tools want it: a database of SQLite, which is marked as a
        backup, or an archive for pg_restore.
        """
        await self._engine.backup(target)

    async def _until_nothing(self, work: Operation[int], *arguments: Any) -> int:
        """Repeat work that removes a few rows until none are left; others write in between."""
        removed = 0
        while some := await self._engine.change(work, *arguments):
            removed += some
            await self._engine.pause()
        return removed

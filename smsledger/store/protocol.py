"""What a store does. Every engine does all of it, and the same tests hold each to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from smsledger.ledger import instant
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
from smsledger.store.stored_message import HistoryEntry, StoredMessage

_FACTS = {
    "id": "this id",
    "name": "this name",
    "keywords": "one of these keywords on this short code",
    "is_default": "the place of default program of this short code",
}


class Taken(Exception):
    """What was to be written exists already, or collides with something that does.

    `field` is which of its fields: of a `Program`, a `Campaign` or a `Credential`.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field

    @classmethod
    def by_program(cls, field: str) -> "Taken":
        """A fact of a program is another's."""
        return cls(field, f"another program has {_FACTS[field]}")

    @classmethod
    def by_campaign(cls, name: str) -> "Taken":
        """A campaign's name is another's."""
        return cls("name", f"there is a campaign '{name}' already")


class Missing(Exception):
    """What was to be changed is not there."""


class Changed(Exception):
    """What was to be changed is not as it was any more."""


class LastAdministrator(Exception):
    """Without the credential nobody could administer the ledger."""


class SchemaBehind(Exception):
    """The store is not there, or not migrated to this release."""


class SchemaAhead(Exception):
    """The store was migrated by a newer release, and this one cannot work on it any more."""


class NotMigrated(Exception):
    """A migration could not be done, and has changed nothing; it may be tried again."""


class UnfinishedCopy(Exception):
    """Another ledger is being copied into the store, which is not to be served before its end."""


class UnconfirmedRestore(Exception):
    """The ledger is a backup, or is in another place than before.

    It can be used after `smsledger restored` or `smsledger moved`.
    """


class Condition(msgspec.Struct, frozen=True):
    """What a ledger says of itself.

    `compatible_since` is the oldest schema whose release can work on it; `copy_of` the epoch of
    the ledger that is being copied into it; `backup_at` the instant at which it was made as a
    backup of the ledger. `displaced` is a sentence, where the ledger is not where it was.
    `place_verified`: everything that would show this could be read.
    """

    compatible_since: str
    copy_of: str | None
    backup_at: int | None
    displaced: str | None = None
    place_verified: bool = True


class TimelineChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of PostgreSQL's timeline: a standby was promoted or a base backup restored."""

    before: int
    now: int


# How long it is known of an invitation that has ended how it has.
INVITATION_KNOWN = 30 * instant.DAY

# Upper ends of the ages of unfinished MTs, in hours: receipts come within minutes, or within the
# 72 hours that vendors allow themselves, or never.
AGES = (1, 6, 24, 72)


class Gauges(msgspec.Struct, frozen=True, kw_only=True):
    """Standing figures of a ledger, for /metrics.

    `heard` has, for each gateway, the instants of its last MO and its last receipt. `unfinished`
    counts the MTs without a final status by age in hours: (0, 1] under 1, and so on. `timeline` is
    PostgreSQL's; None on SQLite, and where it cannot be read. A figure that damage keeps from being
    read is None or empty.
    """

    unrouted: int | None
    orphans: int | None
    heard: tuple[tuple[str, int | None, int | None], ...]
    unfinished: dict[int, int]
    timeline: int | None = None


class Store(Protocol):
    """A ledger: programs, messages, histories, receipts, unrouted messages, credentials.

    Every method raises `Unavailable` when the store cannot be reached; what was asked is then not
    done, or its commit was not heard of any more. What a writing method has returned is durable.
    """

    async def close(self) -> None:
        """Finish what waits and let go."""

    async def epoch(self) -> str:
        """The random name of this ledger."""

    def damage(self) -> str | None:
        """Return why the ledger counts as damaged, whichever process found it; None if it does not.

        Until an operator has repaired the ledger, all methods that write raise `StoreDamaged`.
        """

    async def renew_epoch(self, epoch: str) -> None:
        """Give the ledger a new epoch: cursors handed out before are refused from now on.

        This also confirms a ledger that is a backup or in another place: it can be used then.
        """

    async def confirm_move(self) -> bool:
        """Confirm a ledger that is a backup or in another place; its epoch stays.

        Returns whether it was either.
        """

    async def note_timeline(self) -> TimelineChange | None:
        """Return a change of PostgreSQL's timeline, to one caller of all servers; else None.

        Raises `Unavailable` also if the ledger is in another place; other methods then do so too.
        """

    async def page(self, query: PageQuery) -> Page:
        """One page of a walk; raises `ProgramNotFound`."""

    async def changes(self, query: FeedQuery) -> FeedPage:
        """A step of the change feed; raises `ProgramNotFound`."""

    async def counts(self, query: CountsQuery) -> list[Count]:
        """How many messages there are, as of one moment; none of a program that is not there.

        In the order of start, type, delivery status and network; what there is none of is left
        out.
        """

    async def recent_counts(self, query: RecentQuery) -> list[RecentCount]:
        """The latest messages of some programs, as of one moment, in no order; see `RecentCount`.

        A program without messages, or that is not there, has none.
        """

    async def opt_outs(self, query: OptOutsQuery) -> OptOutsStep:
        """A step through the opt-outs of a short code, by number; fewer than asked: the last."""

    async def codes_heard(self, program_ids: tuple[int, ...], limit: int) -> list[str]:
        """The lowest of the short codes on which handsets have said anything in some programs."""

    async def note_words(self) -> int | None:
        """Store the words by which this store judges messages from now on.

        If events in the ledger were judged by other words, a rebuild is due. Returns since when, or
        None.
        """

    async def count_numbers(self, program_id: int) -> int:
        """Return how many numbers of a program have messages."""

    async def rebuild_consent(self, program_id: int, after: str, limit: int) -> RebuildStep:
        """Judge all stored messages of some numbers again, in one short transaction.

        A call takes the next `limit` numbers after `after`, in order. Messages without a program
        belong to `NO_PROGRAM`. A second call for the same numbers changes nothing.
        """

    async def end_rebuild(self, due: int | None) -> None:
        """Record that all numbers were judged by the words of this store.

        `due` is what `note_words` returned before. If words or keywords have changed since, a
        rebuild stays due.
        """

    async def codes_of(self, program_id: int) -> set[str]:
        """Return the short codes that a program has or had, without a plus."""

    async def counter(self, program_id: int) -> int:
        """The last number drawn in a program; 0 where there is no such program."""

    async def message(self, program_id: int, message_id: str) -> StoredMessage | None:
        """One message as it stands."""

    async def history(self, program_id: int, message_id: str) -> list[HistoryEntry]:
        """All that was said about a message after its birth, in the order of `change`."""

    async def record_messages(
        self, program_id: int, messages: list[Message], *, any_code: bool = False
    ) -> list[Outcome]:
        """Post messages, outcomes in their order; raises `ProgramNotFound`, `ProgramInactive`.

        `any_code`: the caller may ingest for all programs, so opt-outs and opt-ins in the messages
        count on every short code. Otherwise they count on the codes that the program has or had.
        """

    async def record_receipts(
        self, program_id: int, receipts: list[Receipt], *, lenient: bool = False
    ) -> list[Outcome]:
        """Post receipts, outcomes in their order; those without a message wait for it.

        Raises `ProgramNotFound`, but for `NO_PROGRAM`.

        `lenient`: a status that its message cannot have goes to the history instead of being
        rejected.
        """

    async def record_mo_contact(self, gateway: str) -> None:
        """Remember that the gateway delivered a message just now."""

    async def record_receipt_contact(self, gateway: str) -> None:
        """Remember that the gateway delivered a receipt just now."""

    async def keep_unrouted(self, message: Unrouted) -> None:
        """Keep a message that has no program; the same id of the same gateway once only."""

    async def has_unrouted(self, message: Unrouted) -> bool:
        """Return whether the message is stored: same gateway, id and content, assigned or not."""

    async def newest_unrouted(self) -> int:
        """Return the highest ordinal of the unrouted messages; 0 if there are none."""

    async def count_unrouted(self, limit: int) -> int:
        """Return the number of unrouted messages; counting stops at the limit."""

    async def unrouted(self, after: int, limit: int) -> list[Unrouted]:
        """Messages that wait for a program, by ordinal, from after the given one."""

    async def assign(self, ordinal: int, program_id: int, message: Message) -> Outcome:
        """Post the message of an unrouted one into a program; unless rejected it waits no more.

        Raises `Missing`, `ProgramNotFound`, `ProgramInactive`.
        """

    async def route(self, short_code: str, keyword: str) -> int | None:
        """The program that an MO on the short code with that first word belongs to."""

    async def program(self, program_id: int) -> Program | None:
        """One program."""

    async def programs(self) -> list[Program]:
        """All programs, by id."""

    async def create_program(self, program: Program) -> Program:
        """Add a program (id 0: the next free one); raises `Taken`."""

    async def update_program(self, program: Program, *, was: Program) -> None:
        """Let the program under that id be as given, if it still is as it `was`.

        Raises `ProgramNotFound`, `Changed`, `Taken`.
        """

    async def set_active(self, program_id: int, *, active: bool) -> None:
        """Let a program take new messages, or not; raises `ProgramNotFound`."""

    async def delete_program(self, program_id: int) -> None:
        """Remove a program and all that it has, in short transactions."""

    async def campaigns(self) -> list[Campaign]:
        """All campaigns, by name."""

    async def create_campaign(self, name: str) -> Campaign:
        """Add a campaign; raises `Taken`."""

    async def rename_campaign(self, campaign_id: int, name: str) -> None:
        """Give a campaign another name; raises `Missing`, `Taken`."""

    async def erase(self, program_id: int, ids: list[str]) -> int:
        """Erase the messages under the ids, for good; how many there were.

        In short transactions: each message leaves with its history and the receipts that wait
        under its id, and a tombstone takes the program's next number. An id that is unknown is
        no error; the receipts that wait under it leave too. What is ingested under an erased id
        later is a new message.

        Raises `ProgramNotFound`.
        """

    async def erase_number(self, program_id: int, number: str) -> int:
        """Erase all messages of a handset, as `erase` does, and its waiting receipts; how many.

        Raises `ProgramNotFound`. Under `NO_PROGRAM` they are those that wait for a program.
        """

    async def empty_log(self, seconds: float) -> bool:
        """Empty the write-ahead log of erased texts; return whether this was done within the time.

        Only SQLite's log belongs to the ledger. On PostgreSQL this returns True: its vacuum and its
        own log decide how long the bytes remain.
        """

    async def credential(self, username: str) -> Credential | None:
        """One credential, with the digests of its secrets."""

    async def credentials(self) -> list[Credential]:
        """All credentials, by user name."""

    async def create_credential(self, credential: Credential, digest: bytes | None = None) -> None:
        """Add a credential with its first secret, or with none yet; raises `Taken`."""

    async def rotate_credential(self, username: str, digest: bytes, until: int) -> None:
        """Add a secret; the ones before work until the instant; raises `Missing`.

        An invitation that was not used yet ends.
        """

    async def revoke_credential(self, username: str, *, spare_last: bool = False) -> None:
        """Remove a credential; raises `Missing`.

        With `spare_last`, raises `LastAdministrator` where no other would administer the ledger.
        """

    async def invite(self, username: str, digest: bytes, expires_at: int, overlap: int) -> None:
        """Keep an invitation by its token's digest, instead of one not used yet.

        See `Invitation`. Raises `Missing` where there is no such credential.
        """

    async def invitation(self, digest: bytes) -> Invitation | None:
        """The invitation; for a while also one that was used or has expired."""

    async def redeem(self, digest: bytes, secret_digest: bytes) -> str:
        """Use an invitation up and add the secret to its credential; whose it is.

        Raises `Missing` where it is unknown, used or expired.
        """

    async def session(self, digest: bytes) -> Session | None:
        """The session whose token has the digest; whether it holds is judged by its credential."""

    async def create_session(self, digest: bytes, session: Session) -> None:
        """Begin a session; raises `Missing` where its credential is gone."""

    async def end_session(self, digest: bytes) -> None:
        """Forget a session, if it is there."""

    async def end_sessions(self, username: str) -> None:
        """Forget all sessions of a credential."""

    async def enter_export(self, entry: ExportEntry) -> None:
        """Enter an export in the log; one that is there stays as it is."""

    async def has_export(self, export_id: bytes) -> bool:
        """Whether an export is in the log."""

    async def follow_exports(self, progress: list[Progress]) -> None:
        """Write down how far exports have got, at most one `Progress` for each."""

    async def exports(self, query: LogQuery) -> list[ExportEntry]:
        """Entries of the log, newest first."""

    async def note_uses(self, uses: Mapping[str, int]) -> None:
        """Write down at what instants credentials were last used; those gone are no error."""

    async def last_uses(self) -> dict[str, int]:
        """The instant of each credential's last use, by user name; absent where there is none."""

    async def purge(self, before: int) -> int:
        """Remove what is dated before the instant, in short transactions; how many messages.

        So are entries of the log of exports, by their beginning.

        Tombstones leave a day later than messages of their age would, but for a program's newest
        of that age, which says up to which number some may be missing.
        """

    async def gauges(self, now: int) -> Gauges:
        """Return the standing figures, without those that damage keeps from being read."""

    async def backup(self, target: Path) -> None:
        """Copy the ledger as it stands to a new file, while it is being written.

        The file is as the engine's own tools want it: a database of SQLite, which is marked as a
        backup, or an archive for pg_restore.
        """

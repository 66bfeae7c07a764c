"""Posting: what batches of messages and receipts do to a program. Pure: no SQL, no clock.

The engine locks the program's counter, reads what the ledger holds under the ids of the batches,
and posts them; the Posting then says what to write. Both engines post by these rules, and nowhere
else is it decided what a duplicate is or which status wins.
"""

import msgspec

from smsledger.errors import ProgramInactive, ProgramNotFound
from smsledger.ledger import instant, message_json
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.first_word import first_word
from smsledger.ledger.model import (
    Accepted,
    Duplicate,
    Message,
    MessageType,
    Outcome,
    Receipt,
    Rejected,
)
from smsledger.ledger.numbers import plain_code
from smsledger.store.check_value import check_value_of, renew_check_value
from smsledger.store.consent import CodeWord, ConsentEvent, Key, Text, keep_latest
from smsledger.store.count_deltas import CountDeltas
from smsledger.store.stored_message import HistoryEntry, Orphan, StoredMessage, says_again

# Where the receipts wait whose gateway named no program that can be theirs, and where the consent
# of numbers is kept whose messages found no program.
NO_PROGRAM = 0
ID_CONFLICT = Rejected(
    "id", "id_conflict", "the ledger holds another message under this id; nothing was changed"
)


class Posting(msgspec.Struct, kw_only=True):
    """What batches change in a program, to write in one transaction.

    `before` and `last` are the program's counter before and after. `active` tells whether the
    program takes new messages; it is None if there is no such program. `short_code` is its code
    now, `codes` are its present and former codes, without a plus. `words` decide consent, together
    with `keywords`: the pairs of code and first word in the batches that are keywords. `stored`,
    `history` (by serial) and `orphans` are the ledger's rows under the ids of the batches, kept up
    to date. The rest is new: `changed` has existing messages in their latest state, by serial,
    `consent` the latest event of each kind among the new messages (it counts if the ledger has no
    later one), and `counted` the changes of the counts.
    """

    program_id: int
    before: int
    last: int
    now: int
    active: bool | None
    short_code: str | None = None
    codes: frozenset[str] = frozenset()
    words: ConsentWords = ConsentWords()
    keywords: frozenset[CodeWord] = frozenset()
    stored: dict[str, StoredMessage] = {}
    history: dict[int, list[HistoryEntry]] = {}
    orphans: dict[str, list[Orphan]] = {}
    born: list[StoredMessage] = []
    changed: dict[int, StoredMessage] = {}
    entered: list[HistoryEntry] = []
    orphaned: dict[tuple[str, int], Orphan] = {}
    joined: list[Orphan] = []
    counted: CountDeltas = msgspec.field(default_factory=CountDeltas)
    consent: dict[Key, ConsentEvent] = {}

    def draw(self) -> int:
        """The program's next number."""
        self.last += 1
        return self.last

    def note(self, stored: StoredMessage, receipt: Receipt) -> None:
        """Enter what was said into the message's history, and let the higher status win."""
        receipt = fitting(receipt, stored.type)
        before = stored.check_value, check_value_of(self.program_id, stored)
        stored.change = self.draw()
        stored.updated_at = self.now
        entry = HistoryEntry.of(stored, receipt, self.now)
        self.entered.append(entry)
        self.history.setdefault(stored.serial, []).append(entry)
        if stored.serial <= self.before:
            self.changed[stored.serial] = stored
        self.count(stored, -1)
        status = receipt.delivery_status
        if status is not None and status.outranks(stored.delivery_status):
            stored.delivery_status = status
            stored.error_code = receipt.error_code
            stored.network = receipt.network or stored.network
        stored.network = stored.network or receipt.network
        stored.fragment = message_json.with_latest(
            stored.fragment, stored.delivery_status, stored.network
        )
        stored.check_value = renew_check_value(*before, check_value_of(self.program_id, stored))
        self.count(stored, 1)

    def count(self, stored: StoredMessage, more: int) -> None:
        """Count the message as it stands once more, or once less."""
        self.counted.change(
            more, stored.date, stored.type, stored.delivery_status, stored.network, stored.segments
        )


class Messages(msgspec.Struct, frozen=True):
    """A batch of messages, in the order of arrival, which becomes the order of serials.

    `any_code`: the caller may ingest for all programs, so that an opt-out or opt-in counts on
    every short code. Otherwise it counts on those that the program has or had.
    """

    messages: list[Message]
    any_code: bool = False

    def __len__(self) -> int:
        return len(self.messages)

    @property
    def ids(self) -> list[str]:
        """The ids in it, of which one may be there twice."""
        return [message.id for message in self.messages]

    @property
    def code_words(self) -> set[tuple[str | None, str]]:
        """The short codes, None for the program's own, and the first words of the MOs in it."""
        return {
            (plain_code(message.short_code) or None, first_word(message.body))
            for message in self.messages
            if message.type is MessageType.MO
        }

    def post(self, posting: Posting) -> list[Outcome]:
        """What it does to its program; outcomes in its order.

        Raises:
            ProgramNotFound: there is no such program.
            ProgramInactive: it takes no new messages.
        """
        if posting.active is None:
            raise ProgramNotFound(posting.program_id)
        if not posting.active:
            raise ProgramInactive(posting.program_id)
        return [_post_message(posting, message, self.any_code) for message in self.messages]


class Receipts(msgspec.Struct, frozen=True):
    """A batch of receipts, in the order of arrival. An inactive program takes them too.

    `lenient`: a status that its message cannot have is a remark, not a reason to reject.
    """

    receipts: list[Receipt]
    lenient: bool = False

    def __len__(self) -> int:
        return len(self.receipts)

    @property
    def ids(self) -> list[str]:
        """The ids in it, of which one may be there twice."""
        return [receipt.id for receipt in self.receipts]

    @property
    def code_words(self) -> set[tuple[str | None, str]]:
        """Always None: a receipt creates no message."""
        return set()

    def post(self, posting: Posting) -> list[Outcome]:
        """What it does to its program; outcomes in its order.

        Raises:
            ProgramNotFound: there is no such program.
        """
        if posting.active is None and posting.program_id != NO_PROGRAM:
            raise ProgramNotFound(posting.program_id)
        return [_post_receipt(posting, receipt, self.lenient) for receipt in self.receipts]


Batch = Messages | Receipts


def _post_message(posting: Posting, message: Message, any_code: bool) -> Outcome:
    known = posting.stored.get(message.id)
    if known is None:
        born = _birth(posting, message)
        _note_consent(posting, born, message, any_code)
        _join(posting, born)
        return Accepted()
    if _same_message(known, message):
        if _names_its_code(known, message):
            # The first to post it may not have been authorised for its short code.
            _note_consent(posting, known, message, any_code)
        _apply_duplicate(posting, known, message)
        return Duplicate()
    return ID_CONFLICT


def _post_receipt(posting: Posting, receipt: Receipt, lenient: bool) -> Outcome:
    known = posting.stored.get(receipt.id)
    if known is None or receipt.number not in (None, known.number):
        return _keep(posting, receipt)
    return _apply_receipt(posting, known, fitting(receipt, known.type) if lenient else receipt)


def _birth(posting: Posting, message: Message) -> StoredMessage:
    first_seen = posting.now if message.first_seen is None else message.first_seen
    date = first_seen if message.date is None else message.date
    serial = posting.draw()
    stored = StoredMessage(
        date=date,
        serial=serial,
        change=serial,
        id=message.id,
        type=message.type,
        delivery_status=message.delivery_status,
        first_status=message.delivery_status,
        number=message.number,
        network=message.network,
        short_code=message.short_code,
        gateway=message.gateway,
        segments=message.segments,
        error_code=message.error_code,
        date_given=message.date is not None,
        first_seen=first_seen,
        updated_at=posting.now,
        fragment=message_json.of_message(message, date),
    )
    stored.check_value = check_value_of(posting.program_id, stored)
    posting.stored[stored.id] = stored
    posting.born.append(stored)
    posting.count(stored, 1)
    if message.remark is not None or message.raw is not None:
        posting.note(stored, _remark(message))
    return stored


def _note_consent(
    posting: Posting, stored: StoredMessage, message: Message, any_code: bool
) -> None:
    """Keep what an MO says about consent, if it counts on its short code."""
    own = plain_code(posting.short_code)
    code = plain_code(message.short_code) or own
    counts = any_code or code == own or code in posting.codes
    if stored.type is MessageType.MO and counts:
        text = Text(
            number=stored.number,
            short_code=code,
            date=min(stored.date, stored.first_seen),
            serial=stored.serial,
            body=message.body,
        )
        for event in text.events(posting.words, posting.keywords.__contains__):
            keep_latest(posting.consent, event)


def _names_its_code(known: StoredMessage, message: Message) -> bool:
    """Whether a message that is posted again names the short code that it named the first time.

    A message that names none counted when it was posted first, on the code that its program had
    then. The program may have another code now, on which the message must not count.
    """
    code = plain_code(known.short_code)
    return bool(code) and code == plain_code(message.short_code)


def _remark(message: Message) -> Receipt:
    return Receipt(
        id=message.id,
        delivery_status=None,
        gateway=message.gateway,
        text=message.remark,
        raw=message.raw,
    )


def _join(posting: Posting, born: StoredMessage) -> None:
    waiting = posting.orphans.get(born.id, [])
    for orphan in [each for each in waiting if each.receipt.number in (None, born.number)]:
        posting.note(born, orphan.receipt)
        waiting.remove(orphan)
        if posting.orphaned.pop((born.id, orphan.ordinal), None) is None:
            posting.joined.append(orphan)


def _same_message(known: StoredMessage, message: Message) -> bool:
    said = known.date if known.date_given else None
    return (
        _same_date(said, message.date)
        and known.type == message.type
        and known.number == message.number
        and message_json.read(known.fragment).body == message.body
    )


def _same_date(one: int | None, other: int | None) -> bool:
    """Whether two given dates can be one: an export shows whole seconds of what had a fraction."""
    if one is None or other is None or one == other:
        return True
    is_cut = one % instant.SECOND == 0 or other % instant.SECOND == 0
    return is_cut and one // instant.SECOND == other // instant.SECOND


def _apply_duplicate(posting: Posting, known: StoredMessage, message: Message) -> None:
    """A message that comes twice may bring a later status the second time."""
    if message.delivery_status.outranks(known.delivery_status):
        said = Receipt(
            id=message.id,
            delivery_status=message.delivery_status,
            network=message.network,
            gateway=message.gateway,
            error_code=message.error_code,
        )
        posting.note(known, said)


def _apply_receipt(posting: Posting, known: StoredMessage, receipt: Receipt) -> Outcome:
    status = receipt.delivery_status
    if status is not None and not status.fits(known.type):
        reason = f"{status.value} is not a status of {known.type.value} messages"
        return Rejected("deliveryStatus", "status_mismatch", reason)
    if any(says_again(entry, receipt) for entry in posting.history.get(known.serial, ())):
        return Duplicate()
    posting.note(known, receipt)
    return Accepted()


def _keep(posting: Posting, receipt: Receipt) -> Outcome:
    waiting = posting.orphans.setdefault(receipt.id, [])
    same_number = (each.receipt for each in waiting if each.receipt.number == receipt.number)
    if any(says_again(other, receipt) for other in same_number):
        return Duplicate()
    ordinal = waiting[-1].ordinal + 1 if waiting else 0
    orphan = Orphan(ordinal=ordinal, recorded_at=posting.now, receipt=receipt)
    waiting.append(orphan)
    posting.orphaned[receipt.id, ordinal] = orphan
    return Accepted(orphan=True)


def fitting(receipt: Receipt, message_type: MessageType) -> Receipt:
    """The receipt, with a status that no message of the type can have turned into a remark."""
    status = receipt.delivery_status
    if status is None or status.fits(message_type):
        return receipt
    text = f"said {status.value}: {receipt.text or ''}"
    return msgspec.structs.replace(receipt, delivery_status=None, text=text)

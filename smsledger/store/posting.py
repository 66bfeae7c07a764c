"""Posting: what a batch of messages or receipts does to a ledger. Pure: no SQL, no clock.

The engine locks the program's counter, reads what the ledger holds under the ids of the batch,
and calls `post_messages` or `post_receipts`; the Posting says what to write. Both engines post
by these rules, and nowhere else is it decided what a duplicate is or which status wins.
"""

import msgspec

from smsledger import fragment as fragments
from smsledger import instant
from smsledger.model import (
    Accepted,
    Duplicate,
    Message,
    MessageType,
    Outcome,
    Receipt,
    Rejected,
)
from smsledger.store.held import Held, HistoryEntry, Orphan, says_again

ID_CONFLICT = Rejected(
    "id", "id_conflict", "the ledger holds another message under this id; nothing was changed"
)


class Posting(msgspec.Struct, kw_only=True):
    """What to write. Outcomes stand in the batch's order.

    `before` and `last` are the program's counter before and after; `changed` holds the messages
    that were there before, by serial, in their latest state.
    """

    before: int
    last: int
    now: int
    outcomes: list[Outcome] = []
    born: list[Held] = []
    changed: dict[int, Held] = {}
    history: list[HistoryEntry] = []
    orphaned: list[Orphan] = []
    joined: list[Orphan] = []

    def draw(self) -> int:
        """The program's next number."""
        self.last += 1
        return self.last

    def note(self, held: Held, receipt: Receipt) -> None:
        """Enter what was said into the message's history, and let the higher status win."""
        receipt = fitting(receipt, held.type)
        held.change = self.draw()
        held.updated_at = self.now
        self.history.append(HistoryEntry.of(held, receipt, self.now))
        if held.serial <= self.before:
            self.changed[held.serial] = held
        status = receipt.delivery_status
        if status is not None and status.outranks(held.delivery_status):
            held.delivery_status = status
            held.error_code = receipt.error_code
            held.network = receipt.network or held.network
        held.network = held.network or receipt.network
        held.fragment = fragments.with_latest(held.fragment, held.delivery_status, held.network)


def post_messages(
    messages: list[Message],
    held: dict[str, Held],
    orphans: dict[str, list[Orphan]],
    last: int,
    now: int,
) -> Posting:
    """What a batch of messages does to its program.

    Args:
        messages: the batch, in the order of arrival, which becomes the order of serials.
        held: what the ledger holds, by id, for the ids of the batch; new messages are added.
        orphans: receipts that wait for a message, by id.
        last: the program's counter.
        now: the instant of the posting.
    """
    posting = Posting(before=last, last=last, now=now)
    for message in messages:
        known = held.get(message.id)
        if known is None:
            born = held[message.id] = _birth(posting, message)
            _join(posting, born, orphans.get(message.id, []))
            posting.outcomes.append(Accepted())
        elif _same_message(known, message):
            _hear_again(posting, known, message)
            posting.outcomes.append(Duplicate())
        else:
            posting.outcomes.append(ID_CONFLICT)
    return posting


def post_receipts(
    receipts: list[Receipt],
    held: dict[str, Held],
    history: dict[int, list[HistoryEntry]],
    orphans: dict[str, list[Orphan]],
    last: int,
    now: int,
    *,
    lenient: bool,
) -> Posting:
    """What a batch of receipts does to its program.

    Args:
        receipts: the batch, in the order of arrival.
        held: the messages of the ledger, by id, for the ids of the batch.
        history: their entries, by serial; new ones are added.
        orphans: receipts that wait already, by id; new ones are added.
        last: the program's counter.
        now: the instant of the posting.
        lenient: a status that its message cannot have is a remark, not a reason to reject.
    """
    posting = Posting(before=last, last=last, now=now)
    for receipt in receipts:
        known = held.get(receipt.id)
        if known is not None and receipt.number in (None, known.number):
            entries = history.setdefault(known.serial, [])
            if lenient:
                receipt = fitting(receipt, known.type)  # noqa: PLW2901 (the same, as history)
            posting.outcomes.append(_hear(posting, known, receipt, entries))
        else:
            waiting = orphans.setdefault(receipt.id, [])
            posting.outcomes.append(_keep(posting, receipt, waiting))
    return posting


def _birth(posting: Posting, message: Message) -> Held:
    date = posting.now if message.date is None else message.date
    serial = posting.draw()
    held = Held(
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
        first_seen=posting.now,
        updated_at=posting.now,
        fragment=fragments.of_message(message, date),
    )
    posting.born.append(held)
    if message.remark is not None or message.raw is not None:
        posting.note(held, _remark(message))
    return held


def _remark(message: Message) -> Receipt:
    return Receipt(
        id=message.id,
        delivery_status=None,
        gateway=message.gateway,
        text=message.remark,
        raw=message.raw,
    )


def _join(posting: Posting, born: Held, waiting: list[Orphan]) -> None:
    for orphan in waiting:
        if orphan.receipt.number in (None, born.number):
            posting.note(born, orphan.receipt)
            posting.joined.append(orphan)


def _same_message(known: Held, message: Message) -> bool:
    said = known.date if known.date_given else None
    return (
        _same_date(said, message.date)
        and known.type == message.type
        and known.number == message.number
        and fragments.read(known.fragment).body == message.body
    )


def _same_date(one: int | None, other: int | None) -> bool:
    """Whether two given dates can be one: an export shows whole seconds of what had a fraction."""
    if one is None or other is None or one == other:
        return True
    is_cut = one % instant.SECOND == 0 or other % instant.SECOND == 0
    return is_cut and one // instant.SECOND == other // instant.SECOND


def _hear_again(posting: Posting, known: Held, message: Message) -> None:
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


def _hear(posting: Posting, known: Held, receipt: Receipt, entries: list[HistoryEntry]) -> Outcome:
    status = receipt.delivery_status
    if status is not None and not status.fits(known.type):
        reason = f"{status.value} is no status of {known.type.value} messages"
        return Rejected("deliveryStatus", "status_mismatch", reason)
    if any(says_again(entry, receipt) for entry in entries):
        return Duplicate()
    posting.note(known, receipt)
    entries.append(posting.history[-1])
    return Accepted()


def _keep(posting: Posting, receipt: Receipt, waiting: list[Orphan]) -> Outcome:
    same_number = (each.receipt for each in waiting if each.receipt.number == receipt.number)
    if any(says_again(other, receipt) for other in same_number):
        return Duplicate()
    ordinal = waiting[-1].ordinal + 1 if waiting else 0
    orphan = Orphan(ordinal=ordinal, recorded_at=posting.now, receipt=receipt)
    waiting.append(orphan)
    posting.orphaned.append(orphan)
    return Accepted(orphan=True)


def fitting(receipt: Receipt, message_type: MessageType) -> Receipt:
    """The receipt, with a status that no message of the type can have turned into a remark."""
    status = receipt.delivery_status
    if status is None or status.fits(message_type):
        return receipt
    text = f"said {status.value}: {receipt.text or ''}"
    return msgspec.structs.replace(receipt, delivery_status=None, text=text)

"""A gateway's message -> its program, or the list of the unrouted. Nothing is ever refused.

A gateway drops what is refused, so whatever is odd about a message is kept with it: a date that
cannot be true goes to its history, a sender that is no number or a code that leads nowhere makes
it wait for `smsledger route`.
"""

from collections.abc import Awaitable, Callable

import msgspec

from smsledger import events
from smsledger.errors import ProgramInactive, ProgramNotFound
from smsledger.intake.gateways.arrival import Arrival
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.ledger.first_word import first_word
from smsledger.ledger.model import (
    Credential,
    DeliveryStatus,
    GatewayMessage,
    Message,
    MessageType,
    Outcome,
    Receipt,
    Rejected,
    Unrouted,
)
from smsledger.ledger.numbers import is_number, plain_code
from smsledger.store.errors import Missing
from smsledger.store.posting import ID_CONFLICT, NO_PROGRAM
from smsledger.store.store import Store

Sees = Callable[[int], bool]
Keep = Callable[[Unrouted], Awaitable[None]]
# The reason if the credential may not ingest into the program of a message.
NOT_ALLOWED = "not_allowed"


async def take_message(
    store: Store, arrival: Arrival, bounds: DateBounds, credential: Credential, keep: Keep
) -> Outcome | None:
    """Store an MO in its program; None when it waits as unrouted.

    Args:
        store: where to.
        arrival: the message as the gateway delivered it.
        bounds: between which its date can be true.
        credential: the gateway's; it says into which programs it may ingest.
        keep: stores the message if it has no program.
    """
    try:
        program_id = await _program_of(store, arrival, credential.sees)
        [outcome] = await store.record_messages(
            program_id, [_message(arrival, bounds)], any_code=not credential.programs
        )
    except _Unrouted as unrouted:
        code, reason = unrouted.code, str(unrouted)
    except (ProgramNotFound, ProgramInactive) as error:
        code, reason = error.problems[0].code, str(error)
    else:
        if not isinstance(outcome, Rejected):
            return outcome
        code, reason = outcome.code, outcome.message
    await keep(await _waiting(store, arrival, credential, code, reason))
    events.unrouted(arrival.gateway, code)
    return None


async def take_receipt(
    store: Store, program_id: int | None, receipt: Receipt, sees: Sees
) -> Outcome:
    """Store a gateway's receipt; a status that its message cannot have goes to the history."""
    if program_id is None or not sees(program_id):
        program_id = NO_PROGRAM
    try:
        [outcome] = await store.record_receipts(program_id, [receipt], lenient=True)
    except ProgramNotFound:
        [outcome] = await store.record_receipts(NO_PROGRAM, [receipt], lenient=True)
    return outcome


def message_of(unrouted: Unrouted, bounds: DateBounds, number: str | None = None) -> Message:
    """The message of an unrouted one; `number` stands in for a sender that is none.

    Raises:
        ValueError: neither is 3 to 20 digits.
    """
    sender = number or unrouted.sender
    if not is_number(sender):
        raise ValueError(f"the sender of {unrouted.ordinal} is not a number: give one")
    date = unrouted.received_at if unrouted.date is None else unrouted.date
    message = _message(msgspec.structs.replace(unrouted, sender=sender, date=date), bounds)
    return msgspec.structs.replace(message, first_seen=unrouted.received_at)


async def assign(
    store: Store, unrouted: Unrouted, program_id: int, bounds: DateBounds, number: str | None = None
) -> str | None:
    """Move an unrouted message into a program; None, or in a sentence why it waits on.

    Args:
        store: where to.
        unrouted: which message.
        program_id: whose it becomes.
        bounds: between which its date can be true.
        number: stands in for a sender that is no number.

    Raises:
        ProgramNotFound: there is no such program.
        ProgramInactive: it takes no new messages.
    """
    try:
        message = message_of(unrouted, bounds, number)
        outcome = await store.assign(unrouted.ordinal, program_id, message)
    except (ValueError, Missing) as error:
        return str(error)
    return f"{unrouted.ordinal}: {outcome.message}" if isinstance(outcome, Rejected) else None


class _Unrouted(Exception):
    """Why a message has no program: a sentence for people, and a code that holds no number."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


async def _program_of(store: Store, arrival: Arrival, sees: Sees) -> int:
    if not is_number(arrival.sender):
        raise _Unrouted("not_a_number", "the sender is not a number of 3 to 20 digits")
    program_id = arrival.program_id
    if program_id is None and arrival.short_code:
        program_id = await store.route(arrival.short_code, first_word(arrival.body))
    if program_id is None:
        raise _Unrouted("no_program", f"no program on short code {arrival.short_code}")
    if not sees(program_id):
        sentence = f"the credential may not ingest into program {program_id}"
        raise _Unrouted(NOT_ALLOWED, sentence)
    return program_id


def _message(arrival: GatewayMessage, bounds: DateBounds) -> Message:
    date, remarks = arrival.date, [arrival.remark]
    if date is not None and not bounds.earliest <= date <= bounds.latest:
        remarks.append(f"claimed date {instant.render_micros(date)}")
        date = None
    return Message(
        id=arrival.id,
        type=MessageType.MO,
        delivery_status=DeliveryStatus.RECEIVED,
        number=arrival.sender,
        body=arrival.body,
        date=date,
        network=arrival.network,
        short_code=arrival.short_code,
        gateway=arrival.gateway,
        segments=arrival.segments,
        remark="; ".join(filter(None, remarks)) or None,
        raw=arrival.raw,
    )


async def _may_speak(store: Store, credential: Credential, short_code: str | None) -> bool:
    """Return whether a credential can opt numbers in and out on a short code.

    It could do so in any program that it may ingest into and that has or had the code. So a STOP
    without a program counts if one of these programs shares the code.
    """
    if not credential.programs:
        return True
    codes = [await store.codes_of(program_id) for program_id in sorted(credential.programs)]
    return plain_code(short_code) in set().union(*codes)


async def _waiting(
    store: Store, arrival: Arrival, credential: Credential, code: str, reason: str
) -> Unrouted:
    """The message as it waits for a program."""
    fields = {name: getattr(arrival, name) for name in GatewayMessage.__struct_fields__}
    kept = Unrouted(
        **fields,
        reason=reason,
        received_at=instant.now(),
        authorised=code != NOT_ALLOWED and await _may_speak(store, credential, arrival.short_code),
    )
    if code == ID_CONFLICT.code:
        # Under an id of its own, or it would conflict again when somebody assigns it.
        kept = msgspec.structs.replace(kept, id=f"{kept.id}-{kept.content.hex()[:12]}")
    return kept

"""Opt-outs: the numbers that may not be sent messages from a short code.

A handset opts out of a short code, not of a program: several programs may share the code, and a
message may reach any of them. So the latest opt-out over all programs asked is compared with the
latest opt-in over all of them.
"""

from collections.abc import Iterable, Mapping

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.consent import Kind, Rule

_LIFTED_BY = {Rule.UNTIL_OPT_IN: Kind.OPT_IN, Rule.LATEST_WORD: Kind.WORD}


class OptOutsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A step through the opt-outs of a short code: it judges `limit` numbers after `after_number`.

    `short_code` is as `plain_code` returns it.
    """

    program_ids: tuple[int, ...]
    short_code: str
    rule: Rule = Rule.UNTIL_OPT_IN
    after_number: str = ""
    limit: int


class OptOut(msgspec.Struct, frozen=True, kw_only=True):
    """A number that is opted out of a short code: with the word, the date and the message.

    `program_id` and `serial` are those of the message, `message_id` is its id, or None if the
    message is not stored any more.
    """

    number: str
    short_code: str
    word: str
    date: int
    program_id: int
    serial: int
    message_id: str | None = None


class OptOutsStep(msgspec.Struct, frozen=True):
    """The opt-outs found by a step, and the number after which the next step begins.

    `after_number` is None after the last step. A step without opt-outs may not be the last one,
    because numbers that have opted in again are judged too.
    """

    opt_outs: list[OptOut]
    after_number: str | None


class RebuildStep(msgspec.Struct, frozen=True):
    """How many numbers a step of a rebuild has judged, and how many of them have changed.

    `after_number` is the number after which the next step begins; None after the last step.
    """

    numbers: int
    changed: int
    after_number: str | None


class Event(msgspec.Struct, frozen=True):
    """The latest event of a kind, of a number on a short code in one program."""

    program_id: int
    number: str
    kind: Kind
    date: int
    serial: int
    word: str


def lowest(found: Iterable[str], limit: int) -> list[str]:
    """Return the lowest `limit` of some numbers or codes, without repetitions."""
    return sorted(set(found))[:limit]


def judged(query: OptOutsQuery, numbers: list[str], found: Iterable[Event]) -> OptOutsStep:
    """Return the opt-outs among numbers, judged by their events in all programs."""
    events: dict[str, list[Event]] = {}
    for event in found:
        events.setdefault(event.number, []).append(event)
    standing = (_standing(events[number], query.rule) for number in sorted(events))
    opt_outs = [
        OptOut(
            number=event.number,
            short_code=query.short_code,
            word=event.word,
            date=event.date,
            program_id=event.program_id,
            serial=event.serial,
        )
        for event in standing
        if event is not None
    ]
    return OptOutsStep(opt_outs, numbers[-1] if len(numbers) == query.limit else None)


def with_messages(step: OptOutsStep, ids: Mapping[tuple[int, int], str]) -> OptOutsStep:
    """Return the step with the ids of its messages, by program and serial."""
    opt_outs = [
        msgspec.structs.replace(opt_out, message_id=ids.get((opt_out.program_id, opt_out.serial)))
        for opt_out in step.opt_outs
    ]
    return OptOutsStep(opt_outs, step.after_number)


def _standing(events: list[Event], rule: Rule) -> Event | None:
    """Return the latest opt-out that no event has lifted, or None."""
    lifting = [event for event in events if event.kind is _LIFTED_BY[rule]]
    standing = [
        event
        for event in events
        if event.kind is Kind.OPT_OUT and not any(_lifts(other, event) for other in lifting)
    ]
    return max(standing, key=lambda event: event.date, default=None)


def _lifts(event: Event, opt_out: Event) -> bool:
    """Return whether an event is later than an opt-out.

    Gateways give whole seconds, so dates cannot order what happened within a second. There, an
    event of the same program must also have arrived later, and an event of another program, whose
    serials are not comparable, does not lift an opt-out that is dated in whole seconds.
    """
    if (event.date, event.serial) <= (opt_out.date, opt_out.serial):
        return False
    if event.date // instant.SECOND > opt_out.date // instant.SECOND:
        return True
    if event.program_id == opt_out.program_id:
        return event.serial > opt_out.serial
    return event.date > opt_out.date and opt_out.date % instant.SECOND != 0

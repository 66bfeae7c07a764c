"""The consent of numbers: their last opt-out, opt-in and word on each short code.

One row of the table `consent` is one event, by (number, short_code, kind), the code without a
plus. Its date is min(date, first seen) of the message, so that a message dated in the future does
not outrank one that arrives later. Its serial is the message's. A row outlives its message, because
an opt-out holds longer than retention.

Events of messages that found no program are kept under `NO_PROGRAM`.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from smsledger.ledger import message_json
from smsledger.ledger.consent import ConsentWords, Kind
from smsledger.ledger.model import Unrouted
from smsledger.ledger.numbers import is_number, plain_code

Key = tuple[str, str, str]
# A short code and a word, of which some are keywords.
CodeWord = tuple[str, str]


class ConsentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The latest event of a kind, with its word, its date and the serial of its message."""

    number: str
    short_code: str
    kind: Kind
    date: int
    serial: int
    word: str

    @property
    def key(self) -> Key:
        """The key of the row, within its program."""
        return (self.number, self.short_code, self.kind)

    def outlasts(self, other: "ConsentEvent | None") -> bool:
        """Whether this event is later than another, whichever message arrived first."""
        return other is None or (self.date, self.serial) > (other.date, other.serial)


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a message to a short code; `date` and `serial` are those of its events."""

    number: str
    short_code: str
    date: int
    serial: int
    body: str

    @classmethod
    def of_row(
        cls, number: str, short_code: str, said_at: int, serial: int, fragment: bytes
    ) -> "Text":
        """The text of a stored MO, from its fragment."""
        body = message_json.read(fragment).body
        return cls(number=number, short_code=short_code, date=said_at, serial=serial, body=body)

    @classmethod
    def of_unrouted(cls, message: Unrouted) -> "Text | None":
        """The text of a message without a program; None if it does not count.

        It counts if its sender is a number, it names a short code, and its credential was
        authorised for the code.
        """
        code = plain_code(message.short_code)
        if not (code and message.authorised and is_number(message.sender)):
            return None
        received = message.received_at
        return cls(
            number=message.sender,
            short_code=code,
            date=received if message.date is None else min(message.date, received),
            serial=message.ordinal,
            body=message.body,
        )

    def events(
        self, words: ConsentWords, is_keyword: Callable[[CodeWord], bool]
    ) -> Iterator[ConsentEvent]:
        """The events of the text: its word, and the opt-out or opt-in that it is."""
        kind, word = words.judge(self.body, lambda word: is_keyword((self.short_code, word)))
        yield self._event(Kind.WORD, word)
        if kind is not Kind.WORD:
            yield self._event(kind, word)

    def _event(self, kind: Kind, word: str) -> ConsentEvent:
        return ConsentEvent(
            number=self.number,
            short_code=self.short_code,
            kind=kind,
            date=self.date,
            serial=self.serial,
            word=word,
        )


def keep_latest(events: dict[Key, ConsentEvent], event: ConsentEvent) -> None:
    """Replace an earlier event of the same kind by this one."""
    if event.outlasts(events.get(event.key)):
        events[event.key] = event


def latest_events(
    texts: Iterable[Text], words: ConsentWords, is_keyword: Callable[[CodeWord], bool]
) -> dict[Key, ConsentEvent]:
    """Return the latest event of each number, code and kind that the texts contain."""
    latest: dict[Key, ConsentEvent] = {}
    for text in texts:
        for event in text.events(words, is_keyword):
            keep_latest(latest, event)
    return latest


class Rejudged(msgspec.Struct, frozen=True):
    """The events to delete and to insert after messages were judged again."""

    stale: list[ConsentEvent]
    new: list[ConsentEvent]


def code_of_text(short_code: str, codes: frozenset[str]) -> str | None:
    """Return the code on which a stored message of a program counts, or None.

    `codes` are those that the program has or had. A message without a code counts on the code that
    its program had when the message arrived. That is known only if the program never changed its
    code.
    """
    if short_code:
        return short_code if short_code in codes else None
    return next(iter(codes or {""})) if len(codes) <= 1 else None


def rejudged(
    texts: list[Text],
    events: list[ConsentEvent],
    words: ConsentWords,
    is_keyword: Callable[[CodeWord], bool],
) -> Rejudged:
    """Judge texts again. Events whose texts are gone keep their result.

    A last word without its text can still be compared with the current opt-out words.
    """
    latest = latest_events(texts, words, is_keyword)
    stored = {(text.number, text.short_code, text.serial) for text in texts}
    for event in events:
        if (event.number, event.short_code, event.serial) not in stored:
            keep_latest(latest, event)
            if event.kind is Kind.WORD and words.is_opt_out(event.word):
                keep_latest(latest, msgspec.structs.replace(event, kind=Kind.OPT_OUT))
    return Rejudged(
        stale=[event for event in events if latest.get(event.key) != event],
        new=[event for event in latest.values() if event not in events],
    )

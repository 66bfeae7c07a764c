"""The latest word of each handset on each short code of a program: one row of `last_word`.

Its key is (number, short_code), the code without a plus; its order is that of messages: (date,
serial). It is kept when its message leaves with retention, for an opt-out holds longer than that.

What handsets wrote that found no program is kept under `NO_PROGRAM`, so that no STOP waits unheard.
"""

import msgspec

from smsledger import fragment
from smsledger.first_word import first_word
from smsledger.model import Unrouted
from smsledger.opt_outs import plain_code
from smsledger.rows import is_number
from smsledger.store.held import Held

Key = tuple[str, str]


class LastWord(msgspec.Struct, frozen=True, kw_only=True):
    """What a number last said on a short code: the first word, and the key of its message."""

    number: str
    short_code: str
    date: int
    serial: int
    word: str

    @classmethod
    def of(cls, held: Held, body: str, short_code: str | None) -> "LastWord":
        """The word of an MO; `short_code` is its program's, for one that names none."""
        return cls(
            number=held.number,
            short_code=plain_code(held.short_code or short_code),
            date=held.date,
            serial=held.serial,
            word=first_word(body),
        )

    @classmethod
    def of_row(
        cls, number: str, short_code: str, date: int, serial: int, written: bytes
    ) -> "LastWord":
        """The word of an MO that is stored, by its fragment."""
        word = first_word(fragment.read(written).body)
        return cls(number=number, short_code=short_code, date=date, serial=serial, word=word)

    @classmethod
    def of_unrouted(cls, message: Unrouted) -> "LastWord | None":
        """The word of a message without a program; None if it names no handset, or no code.

        A date that is still to come would outlast all that the handset writes until then.
        """
        code = plain_code(message.short_code)
        if not (code and is_number(message.sender)):
            return None
        received = message.received_at
        return cls(
            number=message.sender,
            short_code=code,
            date=received if message.date is None else min(message.date, received),
            serial=message.ordinal,
            word=first_word(message.body),
        )

    def outlasts(self, other: "LastWord | None") -> bool:
        """Whether this one is the later of the two, whichever arrived first."""
        return other is None or (self.date, self.serial) > (other.date, other.serial)


def keep_latest(words: dict[Key, LastWord], word: LastWord) -> None:
    """Put a word in the place of an earlier one."""
    key = (word.number, word.short_code)
    if word.outlasts(words.get(key)):
        words[key] = word

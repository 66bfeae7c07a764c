"""Consent: which words opt a number out of a short code, and which opt it in again.

An opt-out holds until an explicit opt-in: one of the opt-in words, or a keyword of the programs
that have the short code. Any other message changes nothing. An opt-out word wins over a keyword.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from smsledger.ledger.first_word import first_two_words, first_word

OPT_OUT_WORDS = (
    *("STOP", "STOPALL", "QUIT", "END", "REVOKE", "OPTOUT", "CANCEL", "UNSUBSCRIBE"),
    *("OPT OUT", "OPT-OUT"),
)
OPT_IN_WORDS = ("START", "UNSTOP", "YES")


class Kind(StrEnum):
    """The effect of a message on consent; every message is a `WORD`."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    WORD = "word"


class Rule(StrEnum):
    """When a number that has opted out may be sent messages again."""

    UNTIL_OPT_IN = "until_opt_in"
    LATEST_WORD = "latest_word"


class ConsentWords(msgspec.Struct, frozen=True, kw_only=True):
    """The words by which messages are judged, as `first_word` or `first_two_words` returns them."""

    opt_out: tuple[str, ...] = OPT_OUT_WORDS
    opt_in: tuple[str, ...] = OPT_IN_WORDS

    def judge(self, body: str, is_keyword: Callable[[str], bool]) -> tuple[Kind, str]:
        """Return the effect of a message on consent, and the word that decides it.

        Args:
            body: the text of the message.
            is_keyword: whether a first word is a keyword of the short code's programs.
        """
        first, two = first_word(body), first_two_words(body)
        for kind, known in ((Kind.OPT_OUT, self.opt_out), (Kind.OPT_IN, self.opt_in)):
            for word in (two, first):
                if word in known:
                    return kind, word
        return (Kind.OPT_IN if is_keyword(first) else Kind.WORD), first

    def is_opt_out(self, word: str) -> bool:
        """Return whether a stored word is an opt-out word."""
        return word in self.opt_out


def parse_words(text: str) -> tuple[str, ...]:
    """Return the words of a comma-separated list, upper case, without repetitions.

    An item is one word or two, as a message begins with them.

    Raises:
        ValueError: the list is empty, or no message can begin with an item.
    """
    items = (" ".join(item.split()).upper() for item in text.split(","))
    words = tuple(dict.fromkeys(item for item in items if item))
    if not words:
        raise ValueError("the list must contain at least one word")
    for word in words:
        if word not in (first_word(word), first_two_words(word)):
            raise ValueError(f"'{word}' cannot be the first word, or the first two, of a message")
    return words

"""The first words of a message: they route an MO to its program, and STOP is an opt-out."""

MAX_WORD = 64  # characters
# What people put around a word; a keyword may well begin with another sign, such as #.
_VISIBLE = ".,;:!?¡¿…*\"'()[]“”„‘’«»"  # noqa: RUF001 (these are the ones that are meant)
# Keyboards and clipboards add these: soft hyphens, zero-width characters, text directions.
_INVISIBLE = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
PUNCTUATION = _VISIBLE + _INVISIBLE


def first_word(body: str) -> str:
    """Return the first word of a body, in upper case, without punctuation at its ends.

    At most MAX_WORD characters; empty if the text has no word.
    """
    words = body.split(maxsplit=1)
    return _plain(words[0]) if words else ""


def first_two_words(body: str) -> str:
    """Return the first two words of a body, as `first_word` gives one, with a space between them.

    A body of a single word gives that word and the space.
    """
    words = [*body.split(maxsplit=2)[:2], "", ""]
    return f"{_plain(words[0])} {_plain(words[1])}"


def _plain(word: str) -> str:
    return word[:MAX_WORD].strip(PUNCTUATION).upper()[:MAX_WORD]

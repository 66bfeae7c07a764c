"""The first word of a message: by it an MO finds its program, and STOP is an opt-out."""

MAX_WORD = 64  # characters
# What people put around a word; a keyword may well begin with another sign, such as #.
PUNCTUATION = ".,;:!?¡¿…*\"'()[]“”„‘’«»"  # noqa: RUF001 (these are the ones that are meant)


def first_word(body: str) -> str:
    """The first word of a body, upper case, without punctuation at its ends.

    At most MAX_WORD characters; empty where there is none.
    """
    words = body.split(maxsplit=1)
    return words[0][:MAX_WORD].strip(PUNCTUATION).upper()[:MAX_WORD] if words else ""

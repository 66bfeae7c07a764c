"""Parses the texts that people type for programs and credentials, and makes secrets.

Each parser raises ValueError with a message for people. The command line shows it with the name
of the option, the console below the field.
"""

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.first_word import first_word
from smsledger.ledger.model import MAX_KEYWORD, MAX_USERNAME, Scope
from smsledger.ledger.numbers import is_number

MAX_NAME = 50  # characters, of a program, a campaign or a type

_ID = re.compile(r"[0-9]{1,18}")
_USERNAME = re.compile(rf"[^\s:\x00-\x1f\x7f]{{1,{MAX_USERNAME}}}")
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": instant.SECOND, "m": instant.MINUTE, "h": instant.HOUR, "d": instant.DAY}


def id_of(text: str) -> int:
    """Return the id that is chosen for a new program.

    Raises:
        ValueError: the text is not an id.
    """
    if not _ID.fullmatch(text) or not int(text):
        raise ValueError("must be a whole number from 1, at most 18 digits")
    return int(text)


def name_of(text: str) -> str:
    """Return the name of a program or a campaign, or a program's type.

    Raises:
        ValueError: the text is empty, too long, or not printable.
    """
    name = text.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise ValueError(f"must be 1 to {MAX_NAME} printable characters")
    return name


def short_code_of(text: str) -> str:
    """Return a short code without a leading plus.

    Raises:
        ValueError: the text is not a number.
    """
    code = text.strip().removeprefix("+")
    if not is_number(code):
        raise ValueError("must be 3 to 20 digits")
    return code


def keywords_of(
    texts: Iterable[str], words: ConsentWords, had: Collection[str] = ()
) -> tuple[str, ...]:
    """Return keywords in upper case, without repetitions, in alphabetical order.

    Args:
        texts: as typed.
        words: their opt-out words cannot be keywords, because the opt-out wins.
        had: keywords that the program has already; these may stay.

    Raises:
        ValueError: a text cannot be the first word of a message, or is an opt-out word.
    """
    keywords = sorted({_keyword(text) for text in texts})
    if refused := [word for word in keywords if words.is_opt_out(word) and word not in had]:
        raise ValueError(f"'{refused[0]}' is an opt-out word and cannot be a keyword")
    return tuple(keywords)


def is_default(short_code: str | None, keywords: tuple[str, ...], *, asked: bool) -> bool:
    """Return whether a program is the default of its short code: if asked, or without keywords.

    The default program gets the messages that match no keyword of the code.

    Raises:
        ValueError: the program has no short code, but keywords, or is asked to be the default.
    """
    if short_code is None and (keywords or asked):
        raise ValueError("a program with keywords, or a default program, needs a short code")
    return short_code is not None and (asked or not keywords)


def username_of(text: str) -> str:
    """Return the user name of a credential.

    Raises:
        ValueError: HTTP Basic authentication cannot transmit the text.
    """
    if not _USERNAME.fullmatch(text) or not text.isprintable():
        raise ValueError(f"must be 1 to {MAX_USERNAME} characters, without spaces or colons")
    return text


def scopes_of(words: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes with the given names.

    Raises:
        ValueError: no name is given, or one is unknown.
    """
    given = list(words)
    if unknown := [word for word in given if word not in set(Scope)]:
        raise ValueError(f"'{unknown[0]}' is not one of {', '.join(Scope)}")
    if not given:
        raise ValueError(f"must contain at least one of {', '.join(Scope)}")
    return frozenset(map(Scope, given))


def duration_of(text: str) -> int:
    """Return the microseconds of a duration such as 30m, 1h or 90d.

    Raises:
        ValueError: the text is not a duration.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not a duration such as 30m, 1h or 90d")
    return int(match[1]) * _UNITS[match[2]]


def end_of(text: str, now: int) -> int:
    """Return the instant of a GMT date, or the end of a duration from now.

    Raises:
        ValueError: the text is neither, or the instant is in the past.
    """
    is_duration = _DURATION.fullmatch(text.strip())
    ends = now + duration_of(text) if is_duration else instant.parse(text.strip()).first
    if ends <= now:
        raise ValueError(f"must be in the future (got '{text}')")
    return ends


def new_secret() -> str:
    """Return a secret or a token: 256 random bits, in 43 characters that every address takes."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """Return the SHA-256 digest: secrets are 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


def _keyword(text: str) -> str:
    words = text.split()
    keyword = words[0].upper() if len(words) == 1 else ""
    if not 1 <= len(keyword) <= MAX_KEYWORD or not keyword.isprintable():
        raise ValueError(f"a keyword is one word of at most {MAX_KEYWORD} characters")
    if keyword != first_word(keyword):  # no message would ever match it
        raise ValueError("a keyword cannot begin or end with punctuation")
    return keyword

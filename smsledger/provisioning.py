"""What people type about programs and credentials -> the ledger's words.

One text a function, which raises ValueError with a sentence for people where it does not fit;
the command line and the forms of the console put it beside the option or the field.
"""

import re
from collections.abc import Collection, Iterable

from smsledger import instant
from smsledger.consent import ConsentWords
from smsledger.first_word import first_word
from smsledger.model import MAX_KEYWORD, MAX_USERNAME, Scope
from smsledger.rows import is_number

MAX_NAME = 50  # characters, of a program, a campaign or a type

_ID = re.compile(r"[0-9]{1,18}")
_USERNAME = re.compile(rf"[^\s:\x00-\x1f\x7f]{{1,{MAX_USERNAME}}}")
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": instant.SECOND, "m": instant.MINUTE, "h": instant.HOUR, "d": instant.DAY}


def id_of(text: str) -> int:
    """The id of a program, as whoever makes it chooses.

    Raises:
        ValueError: it is none.
    """
    if not _ID.fullmatch(text) or not int(text):
        raise ValueError("a whole number, 18 digits at most")
    return int(text)


def name_of(text: str) -> str:
    """The name of a program or a campaign, or a program's type.

    Raises:
        ValueError: it is too long, nothing, or cannot be shown.
    """
    name = text.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise ValueError(f"1 to {MAX_NAME} printable characters")
    return name


def short_code_of(text: str) -> str:
    """A short code; a leading plus is dropped.

    Raises:
        ValueError: it is no number.
    """
    code = text.strip().removeprefix("+")
    if not is_number(code):
        raise ValueError("3 to 20 digits")
    return code


def keywords_of(
    texts: Iterable[str], words: ConsentWords, had: Collection[str] = ()
) -> tuple[str, ...]:
    """Keywords, upper case, without repetitions, in the order of the alphabet.

    Args:
        texts: as typed.
        words: an opt-out word among them cannot be a keyword, because the opt-out wins.
        had: keywords that the program has already; these may stay.

    Raises:
        ValueError: one of them could not be the first word of a message, or is an opt-out word.
    """
    keywords = sorted({_keyword(text) for text in texts})
    if refused := [word for word in keywords if words.is_opt_out(word) and word not in had]:
        raise ValueError(f"'{refused[0]}' is an opt-out word and cannot be a keyword")
    return tuple(keywords)


def is_default(short_code: str | None, keywords: tuple[str, ...], *, asked: bool) -> bool:
    """Whether a program takes what no keyword of its code matches: asked to, or without a keyword.

    Raises:
        ValueError: there is no code on which it could.
    """
    if short_code is None and (keywords or asked):
        raise ValueError("keywords and the place of default program need a short code")
    return short_code is not None and (asked or not keywords)


def username_of(text: str) -> str:
    """The user name of a credential.

    Raises:
        ValueError: HTTP Basic could not carry it.
    """
    if not _USERNAME.fullmatch(text) or not text.isprintable():
        raise ValueError(f"1 to {MAX_USERNAME} characters, no colon, no space")
    return text


def scopes_of(words: Iterable[str]) -> frozenset[Scope]:
    """The scopes of some words.

    Raises:
        ValueError: there is none, or one of them is no scope.
    """
    given = list(words)
    if unknown := [word for word in given if word not in set(Scope)]:
        raise ValueError(f"'{unknown[0]}' is none of {', '.join(Scope)}")
    if not given:
        raise ValueError(f"at least one of {', '.join(Scope)}")
    return frozenset(map(Scope, given))


def duration_of(text: str) -> int:
    """Microseconds of a duration such as 30m, 1h or 90d.

    Raises:
        ValueError: it is none.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no duration such as 30m, 1h or 90d")
    return int(match[1]) * _UNITS[match[2]]


def end_of(text: str, now: int) -> int:
    """The instant of a GMT date, or of a duration from now.

    Raises:
        ValueError: it is neither, or in the past.
    """
    is_duration = _DURATION.fullmatch(text.strip())
    ends = now + duration_of(text) if is_duration else instant.parse(text.strip()).first
    if ends <= now:
        raise ValueError("that is in the past")
    return ends


def _keyword(text: str) -> str:
    words = text.split()
    keyword = words[0].upper() if len(words) == 1 else ""
    if not 1 <= len(keyword) <= MAX_KEYWORD or not keyword.isprintable():
        raise ValueError(f"a keyword is one word of at most {MAX_KEYWORD} characters")
    if keyword != first_word(keyword):  # no message would ever lead there
        raise ValueError("a keyword has no punctuation at its ends: that is not looked at")
    return keyword

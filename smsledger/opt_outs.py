"""Opt-outs: the numbers whose latest word on a short code is STOP, or another of such words.

A handset opts out of a short code, not of a program: several programs may share the code, and the
word may reach any of them. So the latest word is the latest over all programs that are asked.
"""

from collections.abc import Iterable

import msgspec


def plain_code(short_code: str | None) -> str:
    """The short code without a plus: gateways write `+20880` and `20880` for the same one."""
    return (short_code or "").lstrip("+")


class OptOutsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A step through the opt-outs of a short code: `limit` numbers are judged, from after one.

    The code is one as `plain_code` gives it; `words` are upper case, as `first_word` gives them.
    """

    program_ids: tuple[int, ...]
    short_code: str
    words: tuple[str, ...]
    after_number: str = ""
    limit: int


class OptOut(msgspec.Struct, frozen=True, kw_only=True):
    """A number that has opted out of a short code: by which word, and the date of its message."""

    number: str
    short_code: str
    word: str
    date: int


class OptOutsStep(msgspec.Struct, frozen=True):
    """The opt-outs that a step has found, and from where the next one goes on: None, all is read.

    A step may find none and have others after it: whoever has joined again in another program is
    judged too.
    """

    opt_outs: list[OptOut]
    after_number: str | None


class Said(msgspec.Struct, frozen=True, array_like=True):
    """The latest word of a number on a short code in one program, and its message's date."""

    number: str
    date: int
    word: str


def lowest(found: Iterable[str], limit: int) -> list[str]:
    """The lowest of some numbers or codes, each once."""
    return sorted(set(found))[:limit]


def judged(query: OptOutsQuery, numbers: list[str], said: Iterable[Said]) -> OptOutsStep:
    """The opt-outs among numbers that said STOP in some program, by what they said in all.

    Of two words of the same date in two programs nobody knows which came first: then who may
    have opted out has.
    """
    latest: dict[str, tuple[int, bool, Said]] = {}
    for each in said:
        rank = (each.date, each.word in query.words, each)
        if each.number not in latest or latest[each.number][:2] < rank[:2]:
            latest[each.number] = rank
    opt_outs = [
        OptOut(number=number, short_code=query.short_code, word=each.word, date=each.date)
        for number, (_, is_opt_out, each) in sorted(latest.items(), key=lambda item: item[0])
        if is_opt_out
    ]
    return OptOutsStep(opt_outs, numbers[-1] if len(numbers) == query.limit else None)

"""The latest word of each handset on each short code: kept, taken back, listed as opt-outs."""

from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from smsledger.model import Unrouted
from smsledger.opt_outs import OptOutsQuery, OptOutsStep, Said, judged, lowest, plain_code
from smsledger.store.last_words import Key, LastWord
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.sqlite.queries import SQL


def keep(connection: apsw.Connection, program_id: int, words: Iterable[LastWord]) -> None:
    """Keep words, each unless a later one of its number and short code is known."""
    rows = ((*msgspec.structs.astuple(word), program_id) for word in words)
    connection.executemany(SQL.keep_words, rows)


def of_messages(
    connection: apsw.Connection, program_id: int, rows: list[tuple[Any, ...]]
) -> list[Key]:
    """The keys of the words that messages said, which are still there: date, serial, id."""
    places = ((program_id, date, serial) for date, serial, _ in rows)
    keys: list[Any] = connection.executemany(SQL.words_of_message, places).fetchall()
    return keys


def renew(connection: apsw.Connection, program_id: int, keys: list[Key]) -> None:
    """Let the latest message that is left say the word under each key, or nobody."""
    places = [(program_id, *key) for key in keys]
    connection.executemany(SQL.delete_word, places)
    latest: list[Any] = connection.executemany(SQL.latest_mo, places).fetchall()
    keep(connection, program_id, (LastWord.of_row(*row) for row in latest))


def take_back(connection: apsw.Connection, message: Unrouted) -> None:
    """Let a message that has its program now say no word without one, if its word is the latest."""
    values = (NO_PROGRAM, message.sender, plain_code(message.short_code), message.ordinal)
    connection.execute(SQL.delete_unrouted_word, values)


def opt_outs(connection: apsw.Connection, query: OptOutsQuery) -> OptOutsStep:
    """A step through the opt-outs of a short code."""
    with connection:  # one snapshot
        query = _narrowed(connection, query)
        numbers = _numbers(connection, query)
        said = _said(connection, query, numbers)
    return judged(query, numbers, said)


def codes(connection: apsw.Connection, program_ids: tuple[int, ...], limit: int) -> list[str]:
    """The short codes on which handsets have said anything in some programs."""
    wanted = ((program_id, limit) for program_id in program_ids)
    return lowest((code for (code,) in connection.executemany(SQL.codes_heard, wanted)), limit)


def _narrowed(connection: apsw.Connection, query: OptOutsQuery) -> OptOutsQuery:
    """The same of those programs only that have heard anything on the short code: a few of many."""
    heard = tuple(
        program_id
        for program_id in query.program_ids
        if connection.execute(SQL.has_words, (program_id, query.short_code)).get
    )
    return msgspec.structs.replace(query, program_ids=heard)


def _numbers(connection: apsw.Connection, query: OptOutsQuery) -> list[str]:
    """The next numbers that have opted out in some program."""
    wanted = [
        (program_id, query.short_code, word, query.after_number, query.limit)
        for program_id in query.program_ids
        for word in query.words
    ]
    rows = connection.executemany(SQL.numbers_by_word, wanted)
    return lowest((number for (number,) in rows), query.limit)


def _said(connection: apsw.Connection, query: OptOutsQuery, numbers: list[str]) -> list[Said]:
    """What the numbers last said, in all programs."""
    wanted = (
        (program_id, number, query.short_code)
        for program_id in query.program_ids
        for number in numbers
    )
    return [Said(*row) for row in connection.executemany(SQL.words_of_number, wanted)]

"""Reads and writes the table `consent`: events of new messages, erasures, rebuilds, opt-outs."""

import json
from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords, Kind
from smsledger.ledger.first_word import first_word
from smsledger.ledger.model import Unrouted
from smsledger.ledger.numbers import plain_code
from smsledger.ledger.opt_outs import (
    OptOut,
    OptOutsQuery,
    OptOutsStep,
    RebuildStep,
    Said,
    judged,
    lowest,
    with_messages,
)
from smsledger.store.consent import (
    CodeWord,
    ConsentEvent,
    Text,
    code_of_text,
    latest_events,
    rejudged,
)
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.sqlite.queries import SQL


def code_facts(
    connection: apsw.Connection, program_id: int, code_words: Iterable[tuple[str | None, str]]
) -> tuple[frozenset[str], frozenset[CodeWord]]:
    """Return the short codes that a program has or had, and the pairs that are keywords.

    Args:
        connection: to the ledger.
        program_id: the program.
        code_words: pairs of a short code and a first word; the code None is the program's own.
            Without pairs, nothing is read and both results are empty.
    """
    pairs = list(code_words)
    if not pairs:
        return frozenset(), frozenset()
    values = {"program_id": program_id, "code_words": json.dumps(pairs)}
    rows: list[Any] = connection.execute(SQL.code_facts, values).fetchall()
    codes = frozenset(code for code, keyword in rows if keyword is None)
    return codes, frozenset((code, keyword) for code, keyword in rows if keyword is not None)


def keep(connection: apsw.Connection, program_id: int, events: Iterable[ConsentEvent]) -> None:
    """Store events, except those with a later event of the same number, code and kind."""
    rows = ((*msgspec.structs.astuple(event), program_id) for event in events)
    connection.executemany(SQL.keep_consent, rows)


def keep_texts(
    connection: apsw.Connection, program_id: int, texts: list[Text], words: ConsentWords
) -> None:
    """Store the events of texts, judged by the words and the current keywords."""
    code_words = {(text.short_code, first_word(text.body)) for text in texts}
    _, keywords = code_facts(connection, program_id, code_words)
    latest = latest_events(texts, words, keywords.__contains__)
    keep(connection, program_id, latest.values())


def words_of(
    connection: apsw.Connection, program_id: int, rows: list[tuple[Any, ...]]
) -> list[tuple[str, str]]:
    """Return the numbers and codes whose last words come from messages to be erased.

    Args:
        connection: to the ledger, which still contains the messages.
        program_id: the program of the messages.
        rows: date, serial and id of each message.
    """
    places = ((program_id, date, serial) for date, serial, _ in rows)
    keys: list[Any] = connection.executemany(SQL.words_of_message, places).fetchall()
    return keys


def renew_words(
    connection: apsw.Connection,
    program_id: int,
    number_codes: list[tuple[str, str]],
    words: ConsentWords,
) -> None:
    """Replace the last word of each number and code by that of the latest remaining message.

    Without such a message, the pair has no last word any more.
    """
    places = [(program_id, *pair) for pair in number_codes]
    connection.executemany(SQL.delete_word, places)
    latest: list[Any] = connection.executemany(SQL.latest_mo, places).fetchall()
    for row in latest:
        events = Text.of_row(*row).events(words, lambda _: False)
        keep(connection, program_id, (event for event in events if event.kind is Kind.WORD))


def retract(connection: apsw.Connection, message: Unrouted, words: ConsentWords) -> None:
    """Remove the events of a message that was assigned to a program.

    The number's other unrouted messages are judged again, because an earlier one may now be the
    latest.
    """
    values = (NO_PROGRAM, message.sender, plain_code(message.short_code), message.ordinal)
    connection.execute(SQL.delete_unrouted_consent, values)
    keep_stored(connection, NO_PROGRAM, message.sender, words)


def keep_stored(
    connection: apsw.Connection, program_id: int, number: str, words: ConsentWords
) -> None:
    """Store the events of all stored messages of a number, as if they arrived now."""
    keep_texts(connection, program_id, _texts(connection, program_id, [number]), words)


def rebuild(
    connection: apsw.Connection, program_id: int, after: str, limit: int, words: ConsentWords
) -> RebuildStep:
    """Judge the messages of the next numbers again; see `Store.rebuild_consent`."""
    values = {"program_id": program_id, "after": after, "limit": limit}
    numbers = [number for (number,) in connection.execute(SQL.numbers_of_program, values)]
    if program_id == NO_PROGRAM:
        unrouted = {"after": after, "limit": limit}
        numbers += (number for (number,) in connection.execute(SQL.numbers_unrouted, unrouted))
    numbers = lowest(numbers, limit)
    keys = [(program_id, number) for number in numbers]
    texts = _texts(connection, program_id, numbers)
    events = [
        ConsentEvent(
            number=number, short_code=code, kind=Kind(kind), date=date, serial=serial, word=word
        )
        for number, code, kind, date, serial, word in connection.executemany(
            SQL.events_of_number, keys
        )
    ]
    code_words = {(text.short_code, first_word(text.body)) for text in texts}
    _, keywords = code_facts(connection, program_id, code_words)
    result = rejudged(texts, events, words, keywords.__contains__)
    stale = ((program_id, *event.key, event.date, event.serial) for event in result.stale)
    connection.executemany(SQL.delete_event, stale)
    keep(connection, program_id, result.new)
    changed = len({event.number for event in (*result.stale, *result.new)})
    return RebuildStep(len(numbers), changed, numbers[-1] if len(numbers) == limit else None)


def _texts(connection: apsw.Connection, program_id: int, numbers: list[str]) -> list[Text]:
    """Return the stored texts of numbers, without those that count on no known code."""
    if program_id == NO_PROGRAM:
        wanted = [(number,) for number in numbers]
        rows: list[Any] = connection.executemany(SQL.unrouted_of_number, wanted).fetchall()
        fields = Unrouted.__struct_fields__
        waiting = (dict(zip(fields, row, strict=True)) for row in rows)
        unrouted = (msgspec.convert(message, Unrouted, strict=False) for message in waiting)
        return [text for text in map(Text.of_unrouted, unrouted) if text]
    values = {"program_id": program_id}
    codes = frozenset(str(code) for (code,) in connection.execute(SQL.codes_of_program, values))
    keys = [(program_id, number) for number in numbers]
    found: list[Any] = connection.executemany(SQL.mos_of_number, keys).fetchall()
    return [
        Text.of_row(number, code, *rest)
        for number, named, *rest in found
        if (code := code_of_text(named, codes)) is not None
    ]


def note_words(connection: apsw.Connection, words: ConsentWords) -> int | None:
    """Store the words by which events are judged from now on; see `Store.note_words`."""
    [(known, due)] = connection.execute(SQL.consent_words).fetchall()
    given = msgspec.json.encode(words).decode()
    if known != given:
        if _has_events(connection):
            due = instant.now()
        connection.execute(SQL.set_consent_words, {"words": given, "due": due})
    return due if due is None else int(due)


def end_rebuild(connection: apsw.Connection, words: ConsentWords, due: int | None) -> None:
    """Record that all events were judged by the words; see `Store.end_rebuild`."""
    values = {"words": msgspec.json.encode(words).decode(), "due": due}
    connection.execute(SQL.end_rebuild, values)


def note_keywords(connection: apsw.Connection, codes: Iterable[str]) -> None:
    """Make a rebuild due if any of the codes has events.

    Args:
        connection: to the ledger.
        codes: those whose keywords have changed.
    """
    for code in codes:
        programs = connection.execute(SQL.programs_of_code, (code,)).fetchall()
        for program_id in (NO_PROGRAM, *(program_id for (program_id,) in programs)):
            if connection.execute(SQL.has_consent, (program_id, code)).get:
                [(words, _)] = connection.execute(SQL.consent_words).fetchall()
                values = {"words": words, "due": instant.now()}
                connection.execute(SQL.set_consent_words, values)
                return


def _has_events(connection: apsw.Connection) -> bool:
    ids = (NO_PROGRAM, *(program_id for (program_id,) in connection.execute(SQL.program_ids)))
    return any(connection.execute(SQL.has_events, (program_id,)).get for program_id in ids)


def count_numbers(connection: apsw.Connection, program_id: int) -> int:
    """Return how many numbers of a program have messages."""
    return int(connection.execute(SQL.count_numbers, {"program_id": program_id}).get)


def opt_outs(connection: apsw.Connection, query: OptOutsQuery) -> OptOutsStep:
    """Return a step through the opt-outs of a short code."""
    with connection:  # one snapshot
        query = _narrowed(connection, query)
        numbers = _numbers(connection, query)
        step = judged(query, numbers, _events(connection, query, numbers))
        ids = _message_ids(connection, step.opt_outs)
    return with_messages(step, ids)


def codes(connection: apsw.Connection, program_ids: tuple[int, ...], limit: int) -> list[str]:
    """Return the lowest `limit` short codes with events in any of the programs."""
    wanted = ((program_id, limit) for program_id in program_ids)
    return lowest((code for (code,) in connection.executemany(SQL.codes_heard, wanted)), limit)


def _message_ids(connection: apsw.Connection, opt_outs: list[OptOut]) -> dict[tuple[int, int], str]:
    """Return the ids of the opt-outs' messages, by program and serial; only of stored ones."""
    keys = (
        (opt_out.program_id, opt_out.number, opt_out.date, opt_out.serial) for opt_out in opt_outs
    )
    rows: list[Any] = connection.executemany(SQL.message_of_event, keys).fetchall()
    return {(program_id, serial): message_id for program_id, serial, message_id in rows}


def _narrowed(connection: apsw.Connection, query: OptOutsQuery) -> OptOutsQuery:
    """Return the query for those programs only that have events on the short code."""
    program_ids = tuple(
        program_id
        for program_id in query.program_ids
        if connection.execute(SQL.has_consent, (program_id, query.short_code)).get
    )
    return msgspec.structs.replace(query, program_ids=program_ids)


def _numbers(connection: apsw.Connection, query: OptOutsQuery) -> list[str]:
    """Return the next numbers that have opted out in any of the programs."""
    wanted = [
        (program_id, query.short_code, query.after_number, query.limit)
        for program_id in query.program_ids
    ]
    rows = connection.executemany(SQL.numbers_opted_out, wanted)
    return lowest((number for (number,) in rows), query.limit)


def _events(connection: apsw.Connection, query: OptOutsQuery, numbers: list[str]) -> list[Said]:
    """Return the events of the numbers on the short code, in all programs of the query."""
    wanted = (
        (program_id, number, query.short_code)
        for program_id in query.program_ids
        for number in numbers
    )
    return [
        Said(program_id, number, Kind(kind), *event)
        for program_id, number, kind, *event in connection.executemany(
            SQL.consent_of_number, wanted
        )
    ]

"""Reads and writes the table `consent`: events of new messages, erasures, rebuilds, opt-outs."""

from collections.abc import Iterable

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
from smsledger.store.postgres.connection import WAIT_SECONDS, Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import NO_PROGRAM


async def code_facts(
    connection: Connection, program_id: int, code_words: Iterable[tuple[str | None, str]]
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
    columns = [list(column) for column in zip(*pairs, strict=True)]
    rows = await connection.fetch(SQL.code_facts, program_id, *columns)
    codes = frozenset(code for code, keyword in rows if keyword is None)
    return codes, frozenset((code, keyword) for code, keyword in rows if keyword is not None)


async def keep(connection: Connection, program_id: int, events: Iterable[ConsentEvent]) -> None:
    """Store events, except those with a later event of the same number, code and kind.

    No two events have the same key. They are stored in the order of their keys, so that two
    transactions with the same keys do not deadlock.
    """
    columns = list(zip(*sorted(map(msgspec.structs.astuple, events)), strict=True))
    if columns:
        await connection.execute(SQL.keep_consent, program_id, *columns)


async def keep_texts(
    connection: Connection, program_id: int, texts: list[Text], words: ConsentWords
) -> None:
    """Store the events of texts, judged by the words and the current keywords."""
    code_words = {(text.short_code, first_word(text.body)) for text in texts}
    _, keywords = await code_facts(connection, program_id, code_words)
    latest = latest_events(texts, words, keywords.__contains__)
    await keep(connection, program_id, latest.values())


async def words_of(
    connection: Connection, program_id: int, dates: list[int], serials: list[int]
) -> list[tuple[str, str]]:
    """Return the numbers and codes whose last words come from messages to be erased.

    Args:
        connection: to the ledger, which still contains the messages.
        program_id: the program of the messages.
        dates: the date of each message.
        serials: the serial of each message, in the same order.
    """
    rows = await connection.fetch(SQL.words_of_message, program_id, dates, serials)
    return [(row["number"], row["short_code"]) for row in rows]


async def renew_words(
    connection: Connection,
    program_id: int,
    number_codes: list[tuple[str, str]],
    words: ConsentWords,
) -> None:
    """Replace the last word of each number and code by that of the latest remaining message.

    Without such a message, the pair has no last word any more.
    """
    if number_codes:
        columns = list(zip(*number_codes, strict=True))
        await connection.execute(SQL.delete_word, program_id, *columns)
        for row in await connection.fetch(SQL.latest_mo, program_id, *columns):
            events = Text.of_row(*row).events(words, lambda _: False)
            await keep(
                connection, program_id, (event for event in events if event.kind is Kind.WORD)
            )


async def retract(connection: Connection, message: Unrouted, words: ConsentWords) -> None:
    """Remove the events of a message that was assigned to a program.

    The number's other unrouted messages are judged again, because an earlier one may now be the
    latest.
    """
    values = (NO_PROGRAM, message.sender, plain_code(message.short_code), message.ordinal)
    await connection.execute(SQL.delete_unrouted_consent, *values)
    await keep_stored(connection, NO_PROGRAM, message.sender, words)


async def keep_stored(
    connection: Connection, program_id: int, number: str, words: ConsentWords
) -> None:
    """Store the events of all stored messages of a number, as if they arrived now."""
    texts = await _texts(connection, program_id, [number])
    await keep_texts(connection, program_id, texts, words)


async def rebuild(
    connection: Connection, program_id: int, after: str, limit: int, words: ConsentWords
) -> RebuildStep:
    """Judge the messages of the next numbers again; see `Store.rebuild_consent`."""
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    found = await connection.fetch(SQL.numbers_of_program, program_id, after, limit)
    if program_id == NO_PROGRAM:
        found += await connection.fetch(SQL.numbers_unrouted, after, limit)
    numbers = lowest((row["number"] for row in found), limit)
    texts = await _texts(connection, program_id, numbers)
    rows = await connection.fetch(SQL.events_of_number, program_id, numbers)
    events = [msgspec.convert(dict(row), ConsentEvent) for row in rows]
    code_words = {(text.short_code, first_word(text.body)) for text in texts}
    _, keywords = await code_facts(connection, program_id, code_words)
    result = rejudged(texts, events, words, keywords.__contains__)
    if result.stale:
        stale = ((*event.key, event.date, event.serial) for event in result.stale)
        await connection.execute(SQL.delete_event, program_id, *zip(*stale, strict=True))
    await keep(connection, program_id, result.new)
    changed = len({event.number for event in (*result.stale, *result.new)})
    return RebuildStep(len(numbers), changed, numbers[-1] if len(numbers) == limit else None)


async def _texts(connection: Connection, program_id: int, numbers: list[str]) -> list[Text]:
    """Return the stored texts of numbers, without those that count on no known code."""
    if program_id == NO_PROGRAM:
        rows = await connection.fetch(SQL.unrouted_of_number, numbers)
        unrouted = (msgspec.convert(dict(row), Unrouted) for row in rows)
        return [text for text in map(Text.of_unrouted, unrouted) if text]
    found = await connection.fetch(SQL.codes_of_program, program_id)
    codes = frozenset(row["short_code"] for row in found)
    return [
        Text.of_row(number, code, *rest)
        for number, named, *rest in await connection.fetch(SQL.mos_of_number, program_id, numbers)
        if (code := code_of_text(named, codes)) is not None
    ]


async def note_words(connection: Connection, words: ConsentWords) -> int | None:
    """Store the words by which events are judged from now on; see `Store.note_words`."""
    [(known, due)] = await connection.fetch(SQL.consent_words)
    given = msgspec.json.encode(words).decode()
    if known != given:
        if await _has_events(connection):
            due = instant.now()
        await connection.execute(SQL.set_consent_words, given, due)
    return due if due is None else int(due)


async def end_rebuild(connection: Connection, words: ConsentWords, due: int | None) -> None:
    """Record that all events were judged by the words; see `Store.end_rebuild`."""
    await connection.execute(SQL.end_rebuild, msgspec.json.encode(words).decode(), due)


async def note_keywords(connection: Connection, codes: Iterable[str]) -> None:
    """Make a rebuild due if any of the codes has events.

    Args:
        connection: to the ledger.
        codes: those whose keywords have changed.
    """
    for code in codes:
        rows = await connection.fetch(SQL.programs_of_code, code)
        for program_id in (NO_PROGRAM, *(row["program_id"] for row in rows)):
            if await connection.fetchval(SQL.has_consent, program_id, code):
                [(words, _)] = await connection.fetch(SQL.consent_words)
                await connection.execute(SQL.set_consent_words, words, instant.now())
                return


async def _has_events(connection: Connection) -> bool:
    rows = await connection.fetch(SQL.program_ids)
    for program_id in (NO_PROGRAM, *(row["id"] for row in rows)):
        if await connection.fetchval(SQL.has_events, program_id):
            return True
    return False


async def count_numbers(connection: Connection, program_id: int) -> int:
    """Return how many numbers of a program have messages."""
    return int(await connection.fetchval(SQL.count_numbers, program_id))


async def opt_outs(connection: Connection, query: OptOutsQuery) -> OptOutsStep:
    """Return a step through the opt-outs of a short code."""
    query = await _narrowed(connection, query)
    numbers = await _numbers(connection, query)
    step = judged(query, numbers, await _events(connection, query, numbers))
    return with_messages(step, await _message_ids(connection, step.opt_outs))


async def codes(connection: Connection, program_ids: tuple[int, ...], limit: int) -> list[str]:
    """Return the lowest `limit` short codes with events in any of the programs."""
    found: list[str] = []
    for program_id in program_ids:
        rows = await connection.fetch(SQL.codes_heard, program_id, limit)
        found += (row["short_code"] for row in rows)
    return lowest(found, limit)


async def _message_ids(
    connection: Connection, opt_outs: list[OptOut]
) -> dict[tuple[int, int], str]:
    """Return the ids of the opt-outs' messages, by program and serial; only of stored ones."""
    keys: dict[int, list[tuple[str, int, int]]] = {}
    for opt_out in opt_outs:
        key = (opt_out.number, opt_out.date, opt_out.serial)
        keys.setdefault(opt_out.program_id, []).append(key)
    ids: dict[tuple[int, int], str] = {}
    for program_id, wanted in keys.items():
        columns = [list(column) for column in zip(*wanted, strict=True)]
        if program_id == NO_PROGRAM:
            rows = await connection.fetch(SQL.unrouted_ids, columns[-1])
        else:
            rows = await connection.fetch(SQL.message_of_event, program_id, *columns)
        ids.update(((program_id, serial), message_id) for serial, message_id in rows)
    return ids


async def _narrowed(connection: Connection, query: OptOutsQuery) -> OptOutsQuery:
    """Return the query for those programs only that have events on the short code."""
    program_ids = [
        program_id
        for program_id in query.program_ids
        if await connection.fetchval(SQL.has_consent, program_id, query.short_code)
    ]
    return msgspec.structs.replace(query, program_ids=tuple(program_ids))


async def _numbers(connection: Connection, query: OptOutsQuery) -> list[str]:
    """Return the next numbers that have opted out in any of the programs."""
    found: list[str] = []
    wanted = (query.short_code, query.after_number, query.limit)
    for program_id in query.program_ids:
        rows = await connection.fetch(SQL.numbers_opted_out, program_id, *wanted)
        found += (row["number"] for row in rows)
    return lowest(found, query.limit)


async def _events(connection: Connection, query: OptOutsQuery, numbers: list[str]) -> list[Said]:
    """Return the events of the numbers on the short code, in all programs of the query."""
    found: list[Said] = []
    for program_id in query.program_ids if numbers else ():
        wanted = (program_id, numbers, query.short_code)
        rows = await connection.fetch(SQL.consent_of_number, *wanted)
        found += (msgspec.convert(dict(row), Said) for row in rows)
    return found

"""The consent of numbers: kept, renewed when a message is erased, listed as opt-outs."""

from collections.abc import Iterable

import msgspec

from smsledger.consent import ConsentWords, Kind
from smsledger.first_word import first_word
from smsledger.model import Unrouted
from smsledger.opt_outs import OptOutsQuery, OptOutsStep, Said, judged, lowest, plain_code
from smsledger.store.consent import CodeWord, ConsentEvent, Text
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import NO_PROGRAM


async def code_facts(
    connection: Connection, program_id: int, said: Iterable[tuple[str | None, str]]
) -> tuple[frozenset[str], frozenset[CodeWord]]:
    """The codes that a program has or had; and of codes and words, those that are keywords.

    None is the program's own code. Where nothing is said, nothing is read.
    """
    pairs = list(said)
    if not pairs:
        return frozenset(), frozenset()
    columns = [list(column) for column in zip(*pairs, strict=True)]
    rows = await connection.fetch(SQL.code_facts, program_id, *columns)
    codes = frozenset(code for code, keyword in rows if keyword is None)
    return codes, frozenset((code, keyword) for code, keyword in rows if keyword is not None)


async def keep(connection: Connection, program_id: int, events: Iterable[ConsentEvent]) -> None:
    """Keep events, unless a later one of the number, code and kind is known."""
    columns = list(zip(*map(msgspec.structs.astuple, events), strict=True))
    if columns:
        await connection.execute(SQL.keep_consent, program_id, *columns)


async def keep_texts(
    connection: Connection, program_id: int, texts: list[Text], words: ConsentWords
) -> None:
    """Keep the events of texts."""
    said = {(text.short_code, first_word(text.body)) for text in texts}
    _, keywords = await code_facts(connection, program_id, said)
    for text in texts:
        await keep(connection, program_id, text.events(words, keywords.__contains__))


async def words_of(
    connection: Connection, program_id: int, dates: list[int], serials: list[int]
) -> list[tuple[str, str]]:
    """The numbers and codes whose last words are messages still there."""
    rows = await connection.fetch(SQL.words_of_message, program_id, dates, serials)
    return [(row["number"], row["short_code"]) for row in rows]


async def renew_words(
    connection: Connection, program_id: int, said: list[tuple[str, str]], words: ConsentWords
) -> None:
    """Let the latest message left say the last word of each number and code, if there is one."""
    if said:
        columns = list(zip(*said, strict=True))
        await connection.execute(SQL.delete_word, program_id, *columns)
        for row in await connection.fetch(SQL.latest_mo, program_id, *columns):
            events = Text.of_row(*row).events(words, lambda _: False)
            await keep(
                connection, program_id, (event for event in events if event.kind is Kind.WORD)
            )


async def take_back(connection: Connection, message: Unrouted) -> None:
    """Remove the events of a message that has its program now."""
    values = (NO_PROGRAM, message.sender, plain_code(message.short_code), message.ordinal)
    await connection.execute(SQL.delete_unrouted_consent, *values)


async def opt_outs(connection: Connection, query: OptOutsQuery) -> OptOutsStep:
    """A step through the opt-outs of a short code."""
    query = await _narrowed(connection, query)
    numbers = await _numbers(connection, query)
    return judged(query, numbers, await _said(connection, query, numbers))


async def codes(connection: Connection, program_ids: tuple[int, ...], limit: int) -> list[str]:
    """The short codes on which handsets have said anything in some programs."""
    found: list[str] = []
    for program_id in program_ids:
        rows = await connection.fetch(SQL.codes_heard, program_id, limit)
        found += (row["short_code"] for row in rows)
    return lowest(found, limit)


async def _narrowed(connection: Connection, query: OptOutsQuery) -> OptOutsQuery:
    """The same of those programs only that have heard anything on the short code: a few of many."""
    heard = [
        program_id
        for program_id in query.program_ids
        if await connection.fetchval(SQL.has_consent, program_id, query.short_code)
    ]
    return msgspec.structs.replace(query, program_ids=tuple(heard))


async def _numbers(connection: Connection, query: OptOutsQuery) -> list[str]:
    """The next numbers that have opted out in some program."""
    found: list[str] = []
    wanted = (query.short_code, query.after_number, query.limit)
    for program_id in query.program_ids:
        rows = await connection.fetch(SQL.numbers_opted_out, program_id, *wanted)
        found += (row["number"] for row in rows)
    return lowest(found, query.limit)


async def _said(connection: Connection, query: OptOutsQuery, numbers: list[str]) -> list[Said]:
    """The events of the numbers, in all programs."""
    found: list[Said] = []
    for program_id in query.program_ids if numbers else ():
        wanted = (program_id, numbers, query.short_code)
        rows = await connection.fetch(SQL.consent_of_number, *wanted)
        found += (msgspec.convert(dict(row), Said) for row in rows)
    return found

"""The latest word of each handset on each short code: kept, taken back, listed as opt-outs."""

from collections.abc import Iterable

import msgspec

from smsledger.model import Unrouted
from smsledger.opt_outs import OptOutsQuery, OptOutsStep, Said, judged, lowest, plain_code
from smsledger.store.last_words import Key, LastWord
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.posting import NO_PROGRAM


async def keep(connection: Connection, program_id: int, words: Iterable[LastWord]) -> None:
    """Keep words, each unless a later one of its number and short code is known."""
    columns = list(zip(*map(msgspec.structs.astuple, words), strict=True))
    if columns:
        await connection.execute(SQL.keep_words, program_id, *columns)


async def of_messages(
    connection: Connection, program_id: int, dates: list[int], serials: list[int]
) -> list[Key]:
    """The keys of the words that messages said, which are still there."""
    rows = await connection.fetch(SQL.words_of_message, program_id, dates, serials)
    return [(row["number"], row["short_code"]) for row in rows]


async def renew(connection: Connection, program_id: int, keys: list[Key]) -> None:
    """Let the latest message that is left say the word under each key, or nobody."""
    if keys:
        columns = list(zip(*keys, strict=True))
        await connection.execute(SQL.delete_word, program_id, *columns)
        latest = await connection.fetch(SQL.latest_mo, program_id, *columns)
        await keep(connection, program_id, (LastWord.of_row(*row) for row in latest))


async def take_back(connection: Connection, message: Unrouted) -> None:
    """Let a message that has its program now say no word without one, if its word is the latest."""
    values = (NO_PROGRAM, message.sender, plain_code(message.short_code), message.ordinal)
    await connection.execute(SQL.delete_unrouted_word, *values)


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
        if await connection.fetchval(SQL.has_words, program_id, query.short_code)
    ]
    return msgspec.structs.replace(query, program_ids=tuple(heard))


async def _numbers(connection: Connection, query: OptOutsQuery) -> list[str]:
    """The next numbers that have opted out in some program."""
    found: list[str] = []
    wanted = (query.short_code, query.words, query.after_number, query.limit)
    for program_id in query.program_ids:
        rows = await connection.fetch(SQL.numbers_by_word, program_id, *wanted)
        found += (row["number"] for row in rows)
    return lowest(found, query.limit)


async def _said(connection: Connection, query: OptOutsQuery, numbers: list[str]) -> list[Said]:
    """What the numbers last said, in all programs."""
    found: list[Said] = []
    for program_id in query.program_ids if numbers else ():
        wanted = (program_id, numbers, query.short_code)
        rows = await connection.fetch(SQL.words_of_number, *wanted)
        found += (Said(*row) for row in rows)
    return found

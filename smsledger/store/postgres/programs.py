"""Campaigns, programs and the short codes and keywords that lead to them."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec

from smsledger.errors import ProgramNotFound
from smsledger.ledger.model import Program, codes_with_other_keywords
from smsledger.store.postgres import consent
from smsledger.store.postgres.connection import WAIT_SECONDS, Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.protocol import Changed, Taken

_FACTS = {
    "program_pkey": "id",
    "program_name_key": "name",
    "program_keyword_pkey": "keywords",
    "program_default": "is_default",
}


async def find(connection: Connection, program_id: int) -> Program | None:
    """The program, or None."""
    row = await connection.fetchrow(SQL.program, program_id)
    return None if row is None else _program(row)


async def listing(connection: Connection) -> list[Program]:
    """All programs, by id."""
    return [_program(row) for row in await connection.fetch(SQL.programs)]


async def create(connection: Connection, program: Program) -> Program:
    """The new program; its campaign comes into being with its first program.

    Raises:
        Taken: the id, the name, a keyword or the default place of its code is another's.
    """
    claimed = await connection.fetchval(SQL.claim_program_id, program.id)
    program_id = program.id or claimed
    await connection.execute(SQL.add_campaign, program.campaign)
    await connection.execute(SQL.open_counter, program_id)
    try:
        await connection.execute(
            SQL.insert_program,
            program_id,
            await connection.fetchval(SQL.campaign_id, program.campaign),
            program.name,
            program.type,
            program.short_code,
            program.is_default,
            program.active,
            await connection.fetchval(SQL.lock, program_id, timeout=WAIT_SECONDS),
        )
        await _add_codes(connection, program, program_id)
        await consent.note_keywords(connection, codes_with_other_keywords(None, program))
    except asyncpg.UniqueViolationError as error:
        raise _taken(error.constraint_name or "") from error
    return msgspec.structs.replace(program, id=program_id)


async def update(connection: Connection, program: Program, was: Program) -> None:
    """Let the program under that id be as given; its campaign comes into being, if need be.

    Postings that hold the counter finish first. Whoever changes a program changes `ledger` first,
    so nobody changes it between the look and the write.

    Raises:
        ProgramNotFound: there is no such program.
        Changed: it is not as it was any more.
        Taken: the name, a keyword or the default place of its code is another's.
    """
    await connection.execute(SQL.lock, program.id, timeout=WAIT_SECONDS)
    found = await find(connection, program.id)
    if found is None:
        raise ProgramNotFound(program.id)
    if found != was:
        raise Changed
    await connection.execute(SQL.add_campaign, program.campaign)
    try:
        await connection.execute(
            SQL.update_program,
            program.id,
            await connection.fetchval(SQL.campaign_id, program.campaign),
            program.name,
            program.type,
            program.short_code,
            program.is_default,
            program.active,
        )
        await connection.execute(SQL.delete_keywords, program.id)
        await _add_codes(connection, program, program.id)
        await consent.note_keywords(connection, codes_with_other_keywords(was, program))
    except asyncpg.UniqueViolationError as error:
        raise _taken(error.constraint_name or "") from error


async def set_active(connection: Connection, program_id: int, active: bool) -> None:
    """Let a program take new messages, or not. Postings that hold the counter finish first.

    Raises:
        ProgramNotFound: there is no such program.
    """
    await connection.execute(SQL.lock, program_id, timeout=WAIT_SECONDS)
    if await connection.fetchval(SQL.set_active, program_id, active) is None:
        raise ProgramNotFound(program_id)


async def codes(connection: Connection, program_id: int) -> set[str]:
    """The short codes that a program has or had."""
    return {row["short_code"] for row in await connection.fetch(SQL.codes_of_program, program_id)}


async def route(connection: Connection, short_code: str, keyword: str) -> int | None:
    """The program of a keyword on a short code, else the code's default program, else None."""
    named = await connection.fetchval(SQL.program_by_keyword, short_code, keyword)
    if named is not None:
        return int(named)
    default = await connection.fetchval(SQL.program_by_code, short_code)
    return None if default is None else int(default)


async def _add_codes(connection: Connection, program: Program, program_id: int) -> None:
    if program.short_code:
        await connection.execute(SQL.insert_code, program_id, program.short_code)
    for keyword in program.keywords:
        await connection.execute(SQL.insert_keyword, program.short_code, keyword, program_id)


def _taken(constraint: str) -> Taken:
    """Which fact of a program is another's; Citus puts a number behind a constraint's name."""
    return Taken.by_program(
        next(fact for name, fact in _FACTS.items() if constraint.startswith(name))
    )


def _program(row: Mapping[str, Any]) -> Program:
    return msgspec.convert({**row, "keywords": tuple(row["keywords"])}, Program)

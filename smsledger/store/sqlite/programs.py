"""Campaigns, programs and the short codes and keywords that lead to them."""

from typing import Any

import apsw

from smsledger.errors import ProgramNotFound
from smsledger.ledger.model import Program, codes_with_other_keywords
from smsledger.store.protocol import Changed, Taken
from smsledger.store.sqlite import consent
from smsledger.store.sqlite.queries import SQL


def find(connection: apsw.Connection, program_id: int) -> Program | None:
    """The program, or None."""
    row = connection.execute(SQL.program, {"program_id": program_id}).fetchone()
    return None if row is None else _program(row)


def listing(connection: apsw.Connection) -> list[Program]:
    """All programs, by id."""
    return [_program(row) for row in connection.execute(SQL.programs)]


def create(connection: apsw.Connection, program: Program) -> Program:
    """The new program; its campaign comes into being with its first program.

    Raises:
        Taken: the id, the name, a keyword or the default place of its code is another's.
    """
    claimed = connection.execute(SQL.claim_program_id, {"id": program.id}).get
    program_id = program.id or claimed
    connection.execute(SQL.add_campaign, {"name": program.campaign})
    try:
        connection.execute(SQL.insert_program, _bindings(program, program_id))
        _add_codes(connection, program, program_id)
        consent.note_keywords(connection, codes_with_other_keywords(None, program))
    except apsw.ConstraintError as error:
        raise _taken(str(error)) from error
    connection.execute(SQL.open_counter, {"program_id": program_id})
    created = find(connection, program_id)
    assert created is not None  # noqa: S101 (inserted above, in this transaction)
    return created


def update(connection: apsw.Connection, program: Program, was: Program) -> None:
    """Let the program under that id be as given; its campaign comes into being, if need be.

    Raises:
        ProgramNotFound: there is no such program.
        Changed: it is not as it was any more.
        Taken: the name, a keyword or the default place of its code is another's.
    """
    found = find(connection, program.id)
    if found is None:
        raise ProgramNotFound(program.id)
    if found != was:
        raise Changed
    connection.execute(SQL.add_campaign, {"name": program.campaign})
    try:
        connection.execute(SQL.update_program, _bindings(program, program.id))
        connection.execute(SQL.delete_keywords, {"program_id": program.id})
        _add_codes(connection, program, program.id)
        consent.note_keywords(connection, codes_with_other_keywords(was, program))
    except apsw.ConstraintError as error:
        raise _taken(str(error)) from error


def set_active(connection: apsw.Connection, program_id: int, *, active: bool) -> None:
    """Let a program take new messages, or not.

    Raises:
        ProgramNotFound: there is no such program.
    """
    connection.execute(SQL.set_active, {"program_id": program_id, "active": active})
    if not connection.changes():
        raise ProgramNotFound(program_id)


def codes(connection: apsw.Connection, program_id: int) -> set[str]:
    """The short codes that a program has or had."""
    return {
        code for (code,) in connection.execute(SQL.codes_of_program, {"program_id": program_id})
    }


def route(connection: apsw.Connection, short_code: str, keyword: str) -> int | None:
    """The program of a keyword on a short code, else the code's default program, else None."""
    values = {"short_code": short_code, "keyword": keyword}
    named = connection.execute(SQL.program_by_keyword, values).get
    if named is not None:
        return int(named)
    default = connection.execute(SQL.program_by_code, {"short_code": short_code}).get
    return None if default is None else int(default)


def _add_codes(connection: apsw.Connection, program: Program, program_id: int) -> None:
    if program.short_code:
        values = {"program_id": program_id, "short_code": program.short_code}
        connection.execute(SQL.insert_code, values)
    for keyword in program.keywords:
        values = {"short_code": program.short_code, "keyword": keyword}
        connection.execute(SQL.insert_keyword, {**values, "program_id": program_id})


def _taken(constraint: str) -> Taken:
    """Which fact of a program is another's already."""
    facts = {
        "program.id": "id",
        "program.name": "name",
        "program_keyword": "keywords",
        "program.short_code": "is_default",
    }
    return Taken.by_program(next(fact for name, fact in facts.items() if name in constraint))


def _program(row: tuple[Any, ...]) -> Program:
    program_id, name, kind, campaign, short_code, keywords, is_default, active = row
    return Program(
        id=program_id,
        name=name,
        type=kind,
        campaign=campaign,
        short_code=short_code,
        keywords=tuple(keywords.split()) if keywords else (),
        is_default=bool(is_default),
        active=bool(active),
    )


def _bindings(program: Program, program_id: int) -> dict[str, Any]:
    return {
        "id": program_id,
        "campaign": program.campaign,
        "name": program.name,
        "type": program.type,
        "short_code": program.short_code,
        "is_default": program.is_default,
        "active": program.active,
    }

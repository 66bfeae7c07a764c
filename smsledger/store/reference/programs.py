"""Programs, and the short codes and keywords that lead to them."""

import msgspec

from smsledger.errors import ProgramNotFound
from smsledger.ledger.model import Program, codes_with_other_keywords
from smsledger.store.errors import Changed, Taken
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.session import NotUnique, Row, Session
from smsledger.store.upkeep import consent


async def find(db: Session, program_id: int) -> Program | None:
    """Return the program, or None."""
    row = await db.row("program", program_id=program_id)
    return None if row is None else _program(row)


async def listing(db: Session) -> list[Program]:
    """Return all programs, by id."""
    return [_program(row) for row in await db.rows("programs")]


async def ids(db: Session) -> list[int]:
    """Return the ids of all programs, and the place of receipts that named none."""
    return [NO_PROGRAM, *(row["id"] for row in await db.rows("program_ids"))]


async def counter(db: Session, program_id: int) -> int:
    """Return the last number drawn in a program; 0 if there is no such program."""
    return int(await db.value("counter", program_id=program_id) or 0)


async def create(db: Session, program: Program) -> Program:
    """Add a program and return it; its campaign comes into being with its first program.

    Raises:
        Taken: the id, the name, a keyword or the default place of its code is another's.
    """
    claimed = await db.value("claim_program_id", id=program.id)
    created = msgspec.structs.replace(program, id=program.id or claimed)
    await db.run("add_campaign", name=program.campaign)
    await db.run("open_counter", program_id=created.id)
    campaign_id = await db.value("campaign_id", name=program.campaign)
    await db.lock(created.id)
    since = await db.value("counter", program_id=created.id)
    try:
        await db.run("insert_program", since=since, **_columns(created, campaign_id))
        await _add_codes(db, created)
    except NotUnique as error:
        raise Taken.by_program(error.field) from error
    await consent.note_keywords(db, codes_with_other_keywords(None, program))
    return created


async def update(db: Session, program: Program, was: Program) -> None:
    """Let the program under that id be as given; its campaign comes into being, if need be.

    Postings that hold the counter finish first. Whoever changes a program changes `ledger` first,
    so nobody changes it between the look and the write.

    Raises:
        ProgramNotFound: there is no such program.
        Changed: it is not as it was any more.
        Taken: the name, a keyword or the default place of its code is another's.
    """
    await db.lock(program.id)
    found = await find(db, program.id)
    if found is None:
        raise ProgramNotFound(program.id)
    if found != was:
        raise Changed
    await db.run("add_campaign", name=program.campaign)
    campaign_id = await db.value("campaign_id", name=program.campaign)
    try:
        await db.run("update_program", **_columns(program, campaign_id))
        await db.run("delete_keywords", program_id=program.id)
        await _add_codes(db, program)
    except NotUnique as error:
        raise Taken.by_program(error.field) from error
    await consent.note_keywords(db, codes_with_other_keywords(was, program))


async def set_active(db: Session, program_id: int, active: bool) -> None:
    """Let a program take new messages, or not. Postings that hold the counter finish first.

    Raises:
        ProgramNotFound: there is no such program.
    """
    await db.lock(program_id)
    if await db.value("set_active", program_id=program_id, active=active) is None:
        raise ProgramNotFound(program_id)


async def codes(db: Session, program_id: int) -> set[str]:
    """Return the short codes that a program has or had."""
    rows = await db.rows("codes_of_program", program_id=program_id)
    return {row["short_code"] for row in rows}


async def route(db: Session, short_code: str, keyword: str) -> int | None:
    """Return the program of a keyword on a short code, else the code's default, else None."""
    values = {"short_code": short_code, "keyword": keyword}
    named: int | None = await db.value("program_by_keyword", **values)
    if named is not None:
        return named
    default: int | None = await db.value("program_by_code", short_code=short_code)
    return default


async def _add_codes(db: Session, program: Program) -> None:
    if program.short_code:
        await db.run("insert_code", program_id=program.id, short_code=program.short_code)
    for keyword in program.keywords:
        values = {"short_code": program.short_code, "keyword": keyword}
        await db.run("insert_keyword", program_id=program.id, **values)


def _program(row: Row) -> Program:
    keywords = tuple(sorted((row["keywords"] or "").split()))
    return msgspec.convert({**row, "keywords": keywords}, Program, strict=False)


def _columns(program: Program, campaign_id: int) -> dict[str, object]:
    return {
        "id": program.id,
        "campaign_id": campaign_id,
        "name": program.name,
        "type": program.type,
        "short_code": program.short_code,
        "is_default": program.is_default,
        "active": program.active,
    }

"""The numbers that are opted out of a short code, and the codes that have opt-outs."""

import msgspec

from smsledger.ledger.opt_outs import (
    Event,
    OptOut,
    OptOutsQuery,
    OptOutsStep,
    judged,
    lowest,
    with_messages,
)
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.session import Session


async def step(db: Session, query: OptOutsQuery) -> OptOutsStep:
    """Return a step through the opt-outs of a short code."""
    query = await _narrowed(db, query)
    numbers = await _numbers(db, query)
    found = judged(query, numbers, await _events(db, query, numbers))
    return with_messages(found, await _message_ids(db, found.opt_outs))


async def codes(db: Session, program_ids: tuple[int, ...], limit: int) -> list[str]:
    """Return the lowest `limit` short codes with events in any of the programs."""
    found: list[str] = []
    for program_id in program_ids:
        rows = await db.rows("codes_with_events", program_id=program_id, limit=limit)
        found += (row["short_code"] for row in rows)
    return lowest(found, limit)


async def _narrowed(db: Session, query: OptOutsQuery) -> OptOutsQuery:
    """Return the query for those programs only that have events on the short code."""
    program_ids = [
        program_id
        for program_id in query.program_ids
        if await db.value("has_consent", program_id=program_id, short_code=query.short_code)
    ]
    return msgspec.structs.replace(query, program_ids=tuple(program_ids))


async def _numbers(db: Session, query: OptOutsQuery) -> list[str]:
    """Return the next numbers that have opted out in any of the programs."""
    values = {"short_code": query.short_code, "after": query.after_number, "limit": query.limit}
    found: list[str] = []
    for program_id in query.program_ids:
        rows = await db.rows("numbers_opted_out", program_id=program_id, **values)
        found += (row["number"] for row in rows)
    return lowest(found, query.limit)


async def _events(db: Session, query: OptOutsQuery, numbers: list[str]) -> list[Event]:
    """Return the events of the numbers on the short code, in all programs of the query."""
    asked = [{"number": number} for number in numbers]
    found: list[Event] = []
    for program_id in query.program_ids:
        values = {"program_id": program_id, "short_code": query.short_code}
        rows = await db.bulk("consent_of_number", asked, **values)
        found += (msgspec.convert(dict(row), Event) for row in rows)
    return found


async def _message_ids(db: Session, opt_outs: list[OptOut]) -> dict[tuple[int, int], str]:
    """Return the ids of the opt-outs' messages, by program and serial; only of stored ones."""
    keys: dict[int, list[dict[str, object]]] = {}
    for opt_out in opt_outs:
        key = {"number": opt_out.number, "date": opt_out.date, "serial": opt_out.serial}
        keys.setdefault(opt_out.program_id, []).append(key)
    ids: dict[tuple[int, int], str] = {}
    for program_id, asked in keys.items():
        if program_id == NO_PROGRAM:
            rows = await db.bulk("unrouted_ids", asked)
        else:
            rows = await db.bulk("message_of_event", asked, program_id=program_id)
        ids.update(((program_id, row["serial"]), row["id"]) for row in rows)
    return ids

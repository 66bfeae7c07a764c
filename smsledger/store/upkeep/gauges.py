"""Standing figures of the ledger, counted when asked for."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec

from smsledger.errors import StoreDamaged
from smsledger.ledger import instant
from smsledger.store.reference import programs
from smsledger.store.session import Operation, Session, T

# Upper ends of the ages of unfinished MTs, in hours: receipts come within minutes, or within the
# 72 hours that vendors allow themselves, or never.
AGES = (1, 6, 24, 72)


class Gauges(msgspec.Struct, frozen=True, kw_only=True):
    """Standing figures of a ledger, for /metrics.

    `contacts` has, for each gateway, the instants of its last MO and its last receipt. `unfinished`
    counts the MTs without a final status by age in hours: (0, 1] under 1, and so on. `timeline` is
    PostgreSQL's; None on SQLite, and where it cannot be read. A figure that damage keeps from being
    read is None or empty.
    """

    unrouted: int | None
    orphans: int | None
    contacts: tuple[tuple[str, int | None, int | None], ...]
    unfinished: dict[int, int]
    timeline: int | None = None


async def read(ask: Callable[..., Awaitable[Any]], now: int) -> Gauges:
    """Return all figures; one that damage keeps from being read is None or empty.

    Args:
        ask: runs one of the operations below, in a read of its own.
        now: the instant that ages are counted from.
    """

    async def figure(work: Operation[T], *arguments: Any) -> T | None:
        with suppress(StoreDamaged):
            found: T = await ask(work, *arguments)
            return found
        return None

    return Gauges(
        unrouted=await figure(unrouted),
        orphans=await figure(orphans),
        contacts=await figure(contacts) or (),
        unfinished=await figure(unfinished, now) or {},
        timeline=await figure(timeline),
    )


async def unrouted(db: Session) -> int:
    """Return how many messages wait for a program."""
    count: int = await db.value("count_unrouted")
    return count


async def orphans(db: Session) -> int:
    """Return how many receipts wait for their message."""
    counted = [
        await db.value("count_orphans", program_id=program_id)
        for program_id in await programs.ids(db)
    ]
    return sum(counted)


async def contacts(db: Session) -> tuple[tuple[str, int | None, int | None], ...]:
    """Return each gateway with the instants of its last MO and its last receipt."""
    rows = await db.rows("gateway_contacts")
    return tuple((row["gateway"], row["last_mo"], row["last_receipt"]) for row in rows)


async def unfinished(db: Session, now: int) -> dict[int, int]:
    """Return the MTs without a final status by age; older ones are not counted."""
    program_ids = await programs.ids(db)
    ages = zip((0, *AGES), AGES, strict=False)
    return {older: await _unfinished(db, program_ids, now, since, older) for since, older in ages}


async def timeline(db: Session) -> int | None:
    """Return PostgreSQL's timeline, as the ledger last noted it; None on SQLite."""
    noted: int | None = await db.value("timeline_remembered")
    return noted


async def _unfinished(db: Session, program_ids: list[int], now: int, since: int, older: int) -> int:
    window = {"start": now - older * instant.HOUR, "end": now - since * instant.HOUR}
    counted = [
        await db.value("count_unfinished", program_id=program_id, **window)
        for program_id in program_ids
    ]
    return sum(counted)

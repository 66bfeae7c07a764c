"""The counts of messages: read, and counted again."""

from smsledger.ledger.counts import Count, CountsQuery, RecentCount, RecentQuery
from smsledger.ledger.instant import DAY, HOUR
from smsledger.store import counts_sql
from smsledger.store.session import Session


async def read(db: Session, query: CountsQuery) -> list[Count]:
    """Return the counts of a window, in order."""
    if not query.spans():
        return []
    rows = await db.select(*counts_sql.statement(query, db.sign))
    return [counts_sql.count_of(*row) for row in rows]


async def recent(db: Session, query: RecentQuery) -> list[RecentCount]:
    """Return the latest messages of some programs, from one statement for them all."""
    values = {"program_ids": list(query.program_ids), **query.bounds()}
    return [RecentCount(**row) for row in await db.rows("recent_counts", **values)]


async def recount(db: Session, program_id: int) -> None:
    """Count all messages of a program, whatever its counts were."""
    await db.run("delete_counts", program_id=program_id)
    await db.run("count_hours", program_id=program_id, hour=HOUR)
    await db.run("count_days", program_id=program_id, day=DAY)

"""Reads a step of the change feed: messages and tombstones, merged in the order of `change`.

One statement, so that the counter and the rows are of one snapshot. A lower number that commits
later cannot be: its transaction would hold the lock under which the higher one was drawn.
"""

from smsledger.errors import ProgramNotFound
from smsledger.ledger.feed import POSITION, FeedPage, FeedQuery, reached
from smsledger.store.postgres import rendering
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL


async def read(connection: Connection, query: FeedQuery) -> FeedPage:
    """One step of the feed.

    Raises:
        ProgramNotFound: the program is gone.
    """
    values = (query.program_id, query.after, query.pin, query.horizon)
    row = await connection.fetchrow(_statement(query), *values)
    epoch, since, last, forgotten, changes, shown = row
    if since is None:
        raise ProgramNotFound(query.program_id)
    return FeedPage(
        epoch=epoch,
        since=since,
        last=last,
        entries=list(zip(changes, shown, strict=True))[: query.size],
        reached=reached(query, changes, last),
        forgotten=forgotten or 0,
    )


def _statement(query: FeedQuery) -> str:
    fields = tuple(name for name in query.include if name != POSITION)
    arms = (
        _arm("message", rendering.entry(fields), query.size),
        _arm("tombstone", rendering.TOMBSTONE, query.size),
    )
    return f"""{SQL.standing}, ({SQL.forgotten}),
        coalesce(array_agg(change), '{{}}'), coalesce(array_agg(entry), '{{}}')
        FROM ({" UNION ALL ".join(arms)} ORDER BY change LIMIT {query.size + 1:d}) AS step"""


def _arm(table: str, entry: str, size: int) -> str:
    """Each arm is read from its index in the order of `change`, so that they are only merged."""
    return f"""(
        SELECT change, {entry} AS entry FROM {table}
        WHERE program_id = $1 AND change > $2 AND change <= $3
        ORDER BY change LIMIT {size + 1:d}
    )"""

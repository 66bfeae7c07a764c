"""Reads a step of the change feed: messages and tombstones, merged in the order of `change`."""

from typing import Any

import apsw

from smsledger.errors import ProgramNotFound
from smsledger.ledger.feed import POSITION, FeedPage, FeedQuery, reached
from smsledger.store.sqlite import rendering
from smsledger.store.sqlite.queries import SQL


def read(connection: apsw.Connection, query: FeedQuery) -> FeedPage:
    """One step of the feed.

    Raises:
        ProgramNotFound: the program is gone.
    """
    values = {
        "program_id": query.program_id,
        "after": query.after,
        "pin": query.pin,
        "horizon": query.horizon,
        "limit": query.size + 1,
    }
    statement = _statement(tuple(name for name in query.include if name != POSITION))
    with connection:  # one snapshot for the counter and the rows
        head = connection.execute(SQL.standing, {"program_id": query.program_id}).fetchone()
        forgotten = connection.execute(SQL.forgotten, values).get
        rows: list[Any] = connection.execute(statement, values).fetchall()
    if head is None:
        raise ProgramNotFound(query.program_id)
    epoch, since, last = head
    return FeedPage(
        epoch=epoch,
        since=since,
        last=last,
        entries=rows[: query.size],
        reached=reached(query, [change for change, _ in rows], last),
        forgotten=forgotten or 0,
    )


def _statement(include: tuple[str, ...]) -> str:
    changed = _arm("message INDEXED BY message_change", rendering.entry(include))
    erased = _arm("tombstone", rendering.TOMBSTONE)
    return f"{changed} UNION ALL {erased} ORDER BY change LIMIT :limit"


def _arm(table: str, entry: str) -> str:
    """Each arm is read from its index in the order of `change`, so that SQLite only merges."""
    return f"""SELECT * FROM (
        SELECT change, {entry} AS entry FROM {table}
        WHERE program_id = :program_id AND change > :after AND change <= :pin
        ORDER BY change LIMIT :limit
    )"""

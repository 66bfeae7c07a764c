"""Reads one page: the WHERE is built from a closed table of terms, values are always bound.

A page is one statement, so that the counter and the rows are of one snapshot. It is planned once
and for all values, so all that the choice of an index hangs on stands in its text: the number of
rows, and the statuses, which are few and of our own words.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from smsledger.errors import ProgramNotFound
from smsledger.query import Filters, Key, Page, PageQuery
from smsledger.store import included
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL

_WINDOW = (
    "program_id = $1 AND (date, serial) >= ($2::bigint, $3::bigint)"
    " AND date <= $4::bigint AND serial <= $5::bigint"
)


class _Plan(msgspec.Struct):
    """A page's place and size, and the values that its statement has bound so far."""

    query: PageQuery
    values: list[Any]

    def bind(self, value: Any) -> str:
        """The value's name in the statement."""
        self.values.append(value)
        return f"${len(self.values)}"

    @property
    def wanted(self) -> str:
        """The page and the message after it, in the order of walks."""
        offset = f" OFFSET {self.query.offset:d}" if self.query.offset else ""
        return f"ORDER BY date, serial LIMIT {self.query.size + 1:d}{offset}"

    @property
    def reach(self) -> str:
        """All up to the message after the page."""
        return f"ORDER BY date, serial LIMIT {self.query.offset + self.query.size + 1:d}"


async def read(connection: Connection, query: PageQuery) -> Page:
    """One page of a walk.

    Raises:
        ProgramNotFound: the program is gone.
    """
    walk = query.walk
    key = query.key or Key(walk.start, 0)
    plan = _Plan(query, [walk.program_id, key.date, key.serial, walk.end, walk.pin])
    if query.include:
        return await _rendered(connection, plan)
    return await _joined(connection, plan)


async def _joined(connection: Connection, plan: _Plan) -> Page:
    """The stored fragments as PostgreSQL joins them."""
    size = plan.query.size
    ordered = f"{_source(plan, 'date, serial, fragment')} {plan.wanted}"
    numbered = f"SELECT *, row_number() OVER () AS place FROM ({ordered}) AS ordered"
    joined = f"""
        SELECT string_agg(fragment, ',') FILTER (WHERE place <= {size:d}), count(*),
               max(date) FILTER (WHERE place > {size:d}),
               max(serial) FILTER (WHERE place > {size:d})
        FROM ({numbered}) AS numbered"""
    sql = SQL.standing.format(columns="page.*", page=f"CROSS JOIN ({joined}) AS page")
    row = await connection.fetchrow(sql, *plan.values)
    if row is None:
        raise ProgramNotFound(plan.query.walk.program_id)
    epoch, since, last, messages, count, *next_key = row
    return Page(
        epoch=epoch,
        since=since,
        last=last,
        messages=messages or b"",
        count=min(count, size),
        next_key=Key(*next_key) if count > size else None,
    )


async def _rendered(connection: Connection, plan: _Plan) -> Page:
    """The fragments as rows, for what has to be added to them."""
    query = plan.query
    columns = ["fragment", "date", "serial", *included.columns(query.include)]
    names = ", ".join(columns)
    page = f"LEFT JOIN ({_source(plan, names)} {plan.wanted}) AS page ON TRUE"
    shown = ", ".join(f"page.{name}" for name in columns)
    sql = SQL.standing.format(columns=shown, page=page) + " ORDER BY page.date, page.serial"
    rows = await connection.fetch(sql, *plan.values)
    if not rows:
        raise ProgramNotFound(query.walk.program_id)
    return _page(query, rows)


def _page(query: PageQuery, rows: Sequence[asyncpg.Record]) -> Page:
    epoch, since, last = rows[0][:3]
    found = [row[3:] for row in rows if row[3] is not None]
    next_key = Key(*found[query.size][1:3]) if len(found) > query.size else None
    found = found[: query.size]
    fragments = (included.widened(row[0], query.include, row[3:]) for row in found)
    return Page(
        epoch=epoch,
        since=since,
        last=last,
        messages=b",".join(fragments),
        count=len(found),
        next_key=next_key,
    )


def _source(plan: _Plan, columns: str) -> str:
    """SELECT, FROM and WHERE; the values of the filters are bound."""
    filters = plan.query.walk.filters
    where = " AND ".join([_WINDOW, *_scanned(plan, filters)])
    arms = _arms(plan, filters)
    if len(arms) == 1:
        return f"SELECT {columns} FROM message WHERE {where}{arms[0]}"
    # One arm for each value, from its place in the index; only keys are merged.
    keys = " UNION ALL ".join(
        f"(SELECT date, serial FROM message WHERE {where}{arm} {plan.reach})" for arm in arms
    )
    reached = f"(SELECT * FROM ({keys}) AS arms {plan.reach}) AS keys"
    return (
        f"SELECT {columns} FROM {reached} JOIN message USING (date, serial) WHERE program_id = $1"
    )


def _arms(plan: _Plan, filters: Filters) -> list[str]:
    if filters.numbers:
        return [f" AND number = {plan.bind(number)}" for number in filters.numbers]
    if filters.delivery_statuses:
        return [f" AND delivery_status = '{status.value}'" for status in filters.delivery_statuses]
    return [""]


def _scanned(plan: _Plan, filters: Filters) -> list[str]:
    """The terms that no index answers."""
    terms = []
    if filters.message_type:
        terms.append(f"type = '{filters.message_type.value}'")
    if filters.networks:
        named = plan.bind([each for each in filters.networks if each is not None])
        unknown = " OR network IS NULL" if None in filters.networks else ""
        terms.append(f"(network = ANY ({named}::text[]){unknown})")
    if filters.numbers and filters.delivery_statuses:
        words = ", ".join(f"'{status.value}'" for status in filters.delivery_statuses)
        terms.append(f"delivery_status IN ({words})")
    return terms

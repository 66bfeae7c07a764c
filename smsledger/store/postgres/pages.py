"""Reads one page: the WHERE is built from a closed table of terms, values are always bound.

A page is one statement, so that the counter and the rows are of one snapshot. It is planned once
and for all values, so all that the choice of an index hangs on stands in its text: the number of
rows, and the statuses, which are few and of our own words.
"""

from enum import StrEnum
from typing import Any

import msgspec

from smsledger.errors import ProgramNotFound
from smsledger.ledger.filters import Filter, Filters
from smsledger.ledger.walk import Key, Page, PageQuery
from smsledger.store import message_checks, page_plan
from smsledger.store.page_plan import Arms, FilterPlan, is_searched
from smsledger.store.postgres import rendering
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.queries import SQL
from smsledger.store.tables import MESSAGE

_SEPARATORS = {",": "','", "\n": "E'\\n'"}
_COLUMNS = ", ".join(MESSAGE.columns)
_ASCENDING = (
    "program_id = $1 AND (date, serial) >= ($2::bigint, $3::bigint)"
    " AND date <= $4::bigint AND serial <= $5::bigint"
)
_DESCENDING = (
    "program_id = $1 AND (date, serial) <= ($2::bigint, $3::bigint)"
    " AND date >= $4::bigint AND serial <= $5::bigint"
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
    def window(self) -> str:
        """The term of all that the page may hold."""
        return _DESCENDING if self.query.descending else _ASCENDING

    @property
    def order(self) -> str:
        """The order of the page."""
        return f"ORDER BY {'date DESC, serial DESC' if self.query.descending else 'date, serial'}"

    @property
    def wanted(self) -> str:
        """The page and the message after it, in its order."""
        offset = f" OFFSET {self.query.offset:d}" if self.query.offset else ""
        return f"{self.order} LIMIT {self.query.size + 1:d}{offset}"

    @property
    def reach(self) -> str:
        """All up to the message after the page."""
        return f"{self.order} LIMIT {self.query.offset + self.query.size + 1:d}"


async def read(connection: Connection, query: PageQuery) -> Page:
    """One page of a walk.

    Raises:
        ProgramNotFound: the program is gone.
        StoreDamaged: a message of a page that is to be checked is damaged.
    """
    walk = query.walk
    plan = _plan(query)
    row = await connection.fetchrow(_statement(plan), *plan.values)
    epoch, since, last, newest, count, date, serial, found = row
    if since is None:
        raise ProgramNotFound(walk.program_id)
    if query.checked:
        await _check(connection, query)
    more = date is not None if is_searched(query) else count > query.size
    is_over = more and not is_searched(query)
    return Page(
        epoch=epoch,
        since=since,
        last=last,
        newest=newest,
        messages=_cut(found, query) if is_over else found or b"",
        count=min(count, query.size),
        next_key=Key(date, serial) if more else None,
    )


async def _check(connection: Connection, query: PageQuery) -> None:
    """Read the rows of the page as they are now, and check each of them: each has its value."""
    plan = _plan(query)
    if is_searched(query):
        window = f"SELECT * FROM message WHERE {plan.window} {plan.order} LIMIT {query.size:d}"
        terms = " AND ".join(_terms(plan, query.walk.filters))
        statement = f"SELECT {_COLUMNS} FROM ({window}) AS message WHERE {terms}"
    else:
        statement = f"{_source(plan, _COLUMNS)} {plan.wanted}"
    rows = await connection.fetch(statement, *plan.values)
    message_checks.require_sound(query.walk.program_id, map(tuple, rows))


def _plan(query: PageQuery) -> _Plan:
    walk, begin = query.walk, query.begin
    return _Plan(query, [walk.program_id, begin.date, begin.serial, query.limit, walk.pin])


def _statement(plan: _Plan) -> str:
    """The ledger's standing, and the page with the message after it: count, last key, all."""
    query = plan.query
    newest = SQL.newest if query.pins else "NULL"
    head = f"{SQL.standing}, ({newest})"
    if is_searched(query):
        return f"{head}, {_searched(plan)}"
    columns = f"date, serial, {rendering.message(query.include)} AS shown"
    last = "min" if query.descending else "max"
    return f"""{head},
        count(*), {last}(date), (array_agg(serial))[{query.size + 1:d}],
        string_agg(shown, {_SEPARATORS[query.separator]})
        FROM ({_source(plan, columns)} {plan.wanted}) AS page"""


def _searched(plan: _Plan) -> str:
    """Those of the next so many messages that the filters let pass; the key after them."""
    query, filters = plan.query, plan.query.walk.filters
    window = f"FROM message WHERE {plan.window} {plan.order}"
    terms = _terms(plan, filters)
    after = f"{window} LIMIT 1 OFFSET {query.size:d}"
    return f"""count(*), (SELECT date {after}), (SELECT serial {after}),
        string_agg(shown, {_SEPARATORS[query.separator]})
        FROM (
            SELECT {rendering.message(query.include)} AS shown
            FROM (SELECT * {window} LIMIT {query.size:d}) AS message
            WHERE {" AND ".join(terms)} {plan.order}
        ) AS page"""


def _terms(plan: _Plan, filters: Filters) -> list[str]:
    """All filters as terms, for rows that are looked at one by one."""
    by_index = page_plan.plan(filters)
    terms = _scanned(plan, by_index)
    if by_index.arms:
        terms.append(f"({' OR '.join(_searches(plan, by_index.arms))})")
    return terms


def _cut(messages: bytes, query: PageQuery) -> bytes:
    """The joined messages without the one after the page.

    That begins at the last `,{"`, or behind the last line feed: inside of a message a quote has a
    backslash before it, and there is no line feed.
    """
    begin = b',{"' if query.separator == "," else b"\n"
    return messages[: messages.rindex(begin)]


def _source(plan: _Plan, columns: str) -> str:
    """SELECT, FROM and WHERE; the values of the filters are bound."""
    filters = page_plan.plan(plan.query.walk.filters)
    where = " AND ".join([plan.window, *_scanned(plan, filters)])
    if filters.arms is None:
        return f"SELECT {columns} FROM message WHERE {where}"
    arms = [f"FROM message WHERE {where} AND {term}" for term in _searches(plan, filters.arms)]
    if len(arms) == 1:
        return f"SELECT {columns} {arms[0]}"
    # One arm for each value, from its place in the index; only keys are merged.
    keys = " UNION ALL ".join(f"(SELECT date, serial {arm} {plan.reach})" for arm in arms)
    reached = f"(SELECT * FROM ({keys}) AS arms {plan.reach}) AS keys"
    return (
        f"SELECT {columns} FROM {reached} JOIN message USING (date, serial) WHERE program_id = $1"
    )


def _searches(plan: _Plan, arms: Arms) -> list[str]:
    """The term of each arm, which its index answers."""
    return [f"{arms.column} = {_value(plan, value)}" for value in arms.values]


def _scanned(plan: _Plan, filters: FilterPlan) -> list[str]:
    """The terms that no index answers."""
    return [_term(plan, filter_, value) for filter_, value in filters.scanned]


def _term(plan: _Plan, filter_: Filter, value: Any) -> str:
    column = filter_.column
    if not isinstance(value, tuple):
        return f"{column} = {_value(plan, value)}"
    if all(isinstance(word, StrEnum) for word in value):
        return f"{column} IN ({', '.join(_value(plan, word) for word in value)})"
    named = plan.bind([text for text in value if text is not None])
    unknown = f" OR {column} IS NULL" if None in value else ""
    return f"({column} = ANY ({named}::text[]){unknown})"


def _value(plan: _Plan, value: str) -> str:
    """A word of our own as it is, any other text as what is bound."""
    return f"'{value.value}'" if isinstance(value, StrEnum) else plan.bind(value)

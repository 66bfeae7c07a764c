"""Reads one page: the WHERE is built from a closed table of terms, values are always bound.

A page under a number or a status is read from that index: one arm for each value, each in the
order of the page and no longer than it, merged by SQLite. Everything else is read along the
primary key, which is the order of the page.
"""

from typing import Any

import apsw
import msgspec

from smsledger.errors import ProgramNotFound
from smsledger.ledger.filters import Filter
from smsledger.ledger.walk import Key, Page, PageQuery
from smsledger.store import message_checks, page_plan
from smsledger.store.page_plan import Arms, FilterPlan, is_searched
from smsledger.store.sqlite import rendering
from smsledger.store.sqlite.copying import alike
from smsledger.store.sqlite.queries import SQL
from smsledger.store.tables import MESSAGE

_ASCENDING = (
    "program_id = :program_id AND (date, serial) >= (:date, :serial)"
    " AND date <= :limit AND serial <= :pin"
)
_DESCENDING = (
    "program_id = :program_id AND (date, serial) <= (:date, :serial)"
    " AND date >= :limit AND serial <= :pin"
)


class _Rows(msgspec.Struct, frozen=True):
    """The messages of a page, joined, and the key of the one after them."""

    messages: bytes
    count: int
    next_key: tuple[int, int] | None


def read(connection: apsw.Connection, query: PageQuery) -> Page:
    """One page of a walk.

    Raises:
        ProgramNotFound: the program is gone.
        StoreDamaged: a message of a page that is to be checked is damaged.
    """
    values = _bindings(query)
    plan = page_plan.plan(query.walk.filters)
    if is_searched(query):
        source, read_rows = _passed(plan, values), _searched
    else:
        source = f"{_source(query, plan, values)} {_order(query)}"
        read_rows = _joined if plan.is_exact else _listed
    with connection:  # one snapshot for the counter and the rows
        head = connection.execute(SQL.standing, {"program_id": query.walk.program_id}).fetchone()
        rows = read_rows(connection, query, source, values)
        newest = connection.execute(SQL.newest, values).get if query.pins else None
        if query.checked:
            _check(connection, query, source, values)
    if head is None:
        raise ProgramNotFound(query.walk.program_id)
    epoch, since, last = head
    return Page(
        epoch=epoch,
        since=since,
        last=last,
        newest=newest,
        messages=rows.messages,
        count=rows.count,
        next_key=Key(*rows.next_key) if rows.next_key else None,
    )


def _joined(
    connection: apsw.Connection, query: PageQuery, source: str, values: dict[str, Any]
) -> _Rows:
    """The messages as SQLite joins them: bytes, as text would be decoded and encoded."""
    following = f"SELECT date, serial {source} LIMIT 1 OFFSET :offset + :size"
    page = f"SELECT {rendering.message(query.include)} AS shown {source} LIMIT :size OFFSET :offset"
    values["separator"] = query.separator
    joined = f"SELECT CAST(group_concat(shown, :separator) AS BLOB), count(*) FROM ({page})"
    next_key = connection.execute(following, values).fetchone()
    [(messages, count)] = connection.execute(joined, values)
    return _Rows(messages or b"", count, next_key)


def _listed(
    connection: apsw.Connection, query: PageQuery, source: str, values: dict[str, Any]
) -> _Rows:
    """The messages as rows, for what is too rare to search twice."""
    columns = f"date, serial, {rendering.message(query.include)}"
    statement = f"SELECT {columns} {source} LIMIT :size + 1 OFFSET :offset"
    rows: list[Any] = connection.execute(statement, values).fetchall()
    next_key = rows.pop()[:2] if len(rows) > query.size else None
    messages = query.separator.encode().join(row[2] for row in rows)
    return _Rows(messages, len(rows), next_key)


def _searched(
    connection: apsw.Connection, query: PageQuery, source: str, values: dict[str, Any]
) -> _Rows:
    """Those of the next so many messages that the terms in `source` let pass, perhaps none."""
    window = f"FROM message WHERE {_window(query)} {_order(query)}"
    following = f"SELECT date, serial {window} LIMIT 1 OFFSET :size"
    shown = f"{rendering.message(query.include)} AS shown"
    passed = f"SELECT {shown} FROM (SELECT * {window} LIMIT :size) WHERE {source}"
    joined = f"SELECT CAST(group_concat(shown, :separator) AS BLOB), count(*) FROM ({passed})"
    next_key = connection.execute(following, values).fetchone()
    values["separator"] = query.separator
    [(messages, count)] = connection.execute(joined, values)
    return _Rows(messages or b"", count, next_key)


def _check(
    connection: apsw.Connection, query: PageQuery, source: str, values: dict[str, Any]
) -> None:
    """Read the rows of the page as they are, and check each of them."""
    columns = ", ".join(MESSAGE.columns)
    if is_searched(query):
        window = f"SELECT * FROM message WHERE {_window(query)} {_order(query)} LIMIT :size"
        statement = f"SELECT {columns} FROM ({window}) WHERE {source}"
    else:
        statement = f"SELECT {columns} {source} LIMIT :size OFFSET :offset"
    rows = alike(MESSAGE, connection.execute(statement, values).fetchall())
    message_checks.require_sound(query.walk.program_id, rows)


def _bindings(query: PageQuery) -> dict[str, Any]:
    walk = query.walk
    return {
        "program_id": walk.program_id,
        "date": query.begin.date,
        "serial": query.begin.serial,
        "limit": query.limit,
        "pin": walk.pin,
        "size": query.size,
        "offset": query.offset,
    }


def _window(query: PageQuery) -> str:
    return _DESCENDING if query.descending else _ASCENDING


def _order(query: PageQuery) -> str:
    return "ORDER BY date DESC, serial DESC" if query.descending else "ORDER BY date, serial"


def _source(query: PageQuery, plan: FilterPlan, values: dict[str, Any]) -> str:
    """FROM and WHERE; the values of the filters are added to `values`."""
    where = " AND ".join([_window(query), *_scanned(plan, values)])
    if plan.arms is None:
        return f"FROM message WHERE {where}"
    source = f"FROM message INDEXED BY {plan.arms.index} WHERE {where}"
    arms = [f"{source} AND {term}" for term in _searches(plan.arms, values)]
    if len(arms) == 1:
        return arms[0]
    # Only keys are merged, each arm no longer than the page, and the rows fetched by them:
    # SQLite sorts every arm anew, and keys are a tenth of a row.
    ordered = f"{_order(query)} LIMIT :offset + :size + 1"
    limited = (f"SELECT * FROM (SELECT date, serial {arm} {ordered})" for arm in arms)
    keys = f"SELECT * FROM ({' UNION ALL '.join(limited)}) {ordered}"
    return f"FROM ({keys}) CROSS JOIN message USING (date, serial) WHERE program_id = :program_id"


def _passed(plan: FilterPlan, values: dict[str, Any]) -> str:
    """All filters as terms, for rows that are looked at one by one."""
    terms = _scanned(plan, values)
    if plan.arms:
        terms.append(f"({' OR '.join(_searches(plan.arms, values))})")
    return " AND ".join(terms)


def _searches(arms: Arms, values: dict[str, Any]) -> list[str]:
    """The term of each arm, which its index answers."""
    return [f"{arms.column} = {name}" for name in _bind(values, arms.column, arms.values)]


def _scanned(plan: FilterPlan, values: dict[str, Any]) -> list[str]:
    """The terms that no index answers."""
    return [_term(filter_, value, values) for filter_, value in plan.scanned]


def _term(filter_: Filter, value: Any, values: dict[str, Any]) -> str:
    column = filter_.column
    if not isinstance(value, tuple):
        [name] = _bind(values, column, (value,))
        return f"{column} = {name}"
    names = _bind(values, column, value)
    if filter_.kind.nullable:
        return "(" + " OR ".join(f"{column} IS {name}" for name in names) + ")"
    return f"{column} IN ({', '.join(names)})"


def _bind(values: dict[str, Any], stem: str, wanted: tuple[Any, ...]) -> list[str]:
    names = [f"{stem}{ordinal}" for ordinal in range(len(wanted))]
    values.update(zip(names, wanted, strict=True))
    return [f":{name}" for name in names]

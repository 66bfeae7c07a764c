"""Reads one page: the WHERE is built from a closed table of terms, values are always bound.

A page under a number or a status is read from that index: one arm for each value, each in the
order of the page and no longer than it, merged by SQLite. Everything else is read along the
primary key, which is the order of the page.
"""

from collections.abc import Iterator
from typing import Any

import apsw
import msgspec

from smsledger import instant
from smsledger.errors import ProgramNotFound
from smsledger.query import Filters, Key, Page, PageQuery
from smsledger.store.sqlite.queries import SQL

_WINDOW = (
    "program_id = :program_id AND (date, serial) >= (:date, :serial)"
    " AND date <= :end AND serial <= :pin"
)
_ORDERED = "ORDER BY date, serial"
# What `include` adds: the wire's name and the column.
_INCLUDED = {
    "id": "id",
    "shortCode": "short_code",
    "segments": "segments",
    "updatedAt": "updated_at",
    "errorCode": "error_code",
    "gateway": "gateway",
}
_encode = msgspec.json.encode


class _Arm(msgspec.Struct, frozen=True):
    """One index to read from: its name (None: the primary key) and the term that it answers."""

    index: str | None
    term: str


def read(connection: apsw.Connection, query: PageQuery) -> Page:
    """One page of a walk.

    Raises:
        ProgramNotFound: the program is gone.
    """
    values = _bindings(query)
    with connection:  # one snapshot for the counter and the rows
        head = connection.execute(SQL.standing, {"program_id": query.walk.program_id}).fetchone()
        rows = connection.execute(_select(query, values), values).fetchall()
    if head is None:
        raise ProgramNotFound(query.walk.program_id)
    return _page(query, head, rows)


def _page(query: PageQuery, head: tuple[Any, ...], rows: list[tuple[Any, ...]]) -> Page:
    following = Key(*rows.pop()[1:3]) if len(rows) > query.size else None
    fragments = _widened(query.include, rows) if query.include else (row[0] for row in rows)
    return Page(
        epoch=head[0],
        last=head[1],
        messages=b",".join(fragments),
        count=len(rows),
        next_key=following,
    )


def _bindings(query: PageQuery) -> dict[str, Any]:
    walk = query.walk
    key = query.key or Key(walk.start, 0)
    return {
        "program_id": walk.program_id,
        "date": key.date,
        "serial": key.serial,
        "end": walk.end,
        "pin": walk.pin,
        "limit": query.size + 1,
        "offset": query.offset,
    }


def _select(query: PageQuery, values: dict[str, Any]) -> str:
    """The statement; the values of its filters are added to `values`."""
    columns = ", ".join(("fragment, date, serial", *(_INCLUDED[name] for name in query.include)))
    terms = [_WINDOW, *_scanned(query.walk.filters, values)]
    arms = [
        f"FROM message {_indexed(arm)} WHERE {' AND '.join([*terms, arm.term])}"
        for arm in _arms(query.walk.filters, values)
    ]
    if len(arms) == 1:
        return f"SELECT {columns} {arms[0]} {_ORDERED} LIMIT :limit OFFSET :offset"
    # Only keys are merged, each arm no longer than the page, and the rows fetched by them:
    # SQLite sorts every arm anew, and keys are a tenth of a row.
    limited = (f"SELECT date, serial {arm} {_ORDERED} LIMIT :limit + :offset" for arm in arms)
    merged = " UNION ALL ".join(f"SELECT * FROM ({arm})" for arm in limited)
    keys = f"SELECT * FROM ({merged}) {_ORDERED} LIMIT :limit OFFSET :offset"
    return (
        f"SELECT {columns} FROM ({keys}) CROSS JOIN message USING (date, serial)"
        f" WHERE program_id = :program_id {_ORDERED}"
    )


def _indexed(arm: _Arm) -> str:
    return f"INDEXED BY {arm.index}" if arm.index else ""


def _arms(filters: Filters, values: dict[str, Any]) -> list[_Arm]:
    if filters.numbers:
        names = _bind(values, "number", filters.numbers)
        return [_Arm("message_number", f"number = {name}") for name in names]
    if filters.delivery_statuses:
        names = _bind(values, "status", filters.delivery_statuses)
        return [_Arm("message_status", f"delivery_status = {name}") for name in names]
    return [_Arm(None, "TRUE")]


def _scanned(filters: Filters, values: dict[str, Any]) -> Iterator[str]:
    """The terms that no index answers."""
    if filters.message_type:
        values["type"] = filters.message_type
        yield "type = :type"
    if filters.networks:
        names = _bind(values, "network", filters.networks)
        yield "(" + " OR ".join(f"network IS {name}" for name in names) + ")"
    if filters.numbers and filters.delivery_statuses:
        names = _bind(values, "status", filters.delivery_statuses)
        yield f"delivery_status IN ({', '.join(names)})"


def _bind(values: dict[str, Any], stem: str, wanted: tuple[Any, ...]) -> list[str]:
    names = [f"{stem}{ordinal}" for ordinal in range(len(wanted))]
    values.update(zip(names, wanted, strict=True))
    return [f":{name}" for name in names]


def _widened(include: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterator[bytes]:
    """The fragments with further fields at their end."""
    heads = [b',"' + name.encode() + b'":' for name in include]
    for fragment, _date, _serial, *fields in rows:
        added = (
            head + _encode(instant.render_micros(value) if name == "updatedAt" else value)
            for head, name, value in zip(heads, include, fields, strict=True)
        )
        yield fragment[:-1] + b"".join(added) + b"}"

"""Pages by key without entities and models: SQLAlchemy Core's rows, encoded by orjson."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy import Row, Select, select

from bench.peers.table import Message
from bench.peers.wire import PROGRAM, KeyWindow, key_url

FIELDS = (
    Message.type,
    Message.delivery_status.label("deliveryStatus"),
    Message.number,
    Message.body,
    Message.date,
    Message.network,
)
NAMES = tuple(field.key for field in FIELDS)


def statement(program_id: int, asked: KeyWindow) -> Select[*tuple[Any, ...]]:
    """One page from a key on; a row more tells whether there is another."""
    return (
        select(*FIELDS, Message.serial)
        .where(Message.program_id == program_id, *asked.conditions())
        .order_by(Message.date, Message.serial)
        .limit(asked.pageSize + 1)
    )


def answer(request: Request, asked: KeyWindow, rows: Sequence[Row[Any]]) -> Response:
    """The answer's bytes."""
    url = None
    if len(rows) > asked.pageSize:
        last = rows[asked.pageSize - 1]
        url = key_url(request, last.date, last.serial)
    found = [dict(zip(NAMES, row, strict=False)) for row in rows[: asked.pageSize]]
    body = {
        "data": {**PROGRAM, "messages": found},
        "meta": {"generalErrors": [], "nextPageUrl": url},
    }
    return Response(orjson.dumps(body), media_type="application/json")

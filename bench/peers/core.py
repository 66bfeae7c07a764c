"""Pages by key without entities and models: SQLAlchemy Core's rows, encoded by orjson."""

from typing import Annotated

import orjson
from fastapi import FastAPI, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.peers.table import Message
from bench.peers.wire import PATH, PROGRAM, Db, KeyWindow, authenticated, key_url

app = FastAPI()

FIELDS = (
    Message.type,
    Message.delivery_status.label("deliveryStatus"),
    Message.number,
    Message.body,
    Message.date,
    Message.network,
)
NAMES = tuple(field.key for field in FIELDS)


@app.get(PATH, dependencies=[authenticated])
def messages(
    request: Request, session: Db, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Response:
    """One page from a key on."""
    return page(request, session, program_id, asked)


def page(request: Request, session: Session, program_id: int, asked: KeyWindow) -> Response:
    """The answer; a row more than the page tells whether there is another."""
    rows = session.execute(
        select(*FIELDS, Message.serial)
        .where(Message.program_id == program_id, *asked.conditions())
        .order_by(Message.date, Message.serial)
        .limit(asked.pageSize + 1)
    ).all()
    url = None
    if len(rows) > asked.pageSize:
        last = rows[asked.pageSize - 1]
        url = key_url(request, last.date, last.serial)
    found = [dict(zip(NAMES, row, strict=False)) for row in rows[: asked.pageSize]]
    answer = {
        "data": {**PROGRAM, "messages": found},
        "meta": {"generalErrors": [], "nextPageUrl": url},
    }
    return Response(orjson.dumps(answer), media_type="application/json")

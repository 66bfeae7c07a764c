"""Pages by key: entities and pydantic's response models, and no OFFSET."""

from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from sqlalchemy import select

from bench.peers.table import Message
from bench.peers.wire import PATH, PROGRAM, Answer, Db, KeyWindow, authenticated, key_url

app = FastAPI()


@app.get(PATH, response_model=Answer, dependencies=[authenticated])
def messages(
    request: Request, session: Db, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Any:
    """One page from a key on; a row more tells whether there is another."""
    rows = session.scalars(
        select(Message)
        .where(Message.program_id == program_id, *asked.conditions())
        .order_by(Message.date, Message.serial)
        .limit(asked.pageSize + 1)
    ).all()
    url = None
    if len(rows) > asked.pageSize:
        last = rows[asked.pageSize - 1]
        url = key_url(request, last.date, last.serial)
    return {
        "data": {**PROGRAM, "messages": rows[: asked.pageSize]},
        "meta": {"nextPageUrl": url},
    }

"""Pages as most services have them: entities, OFFSET, pydantic's response models."""

from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import Field
from sqlalchemy import select

from bench.peers.table import Message
from bench.peers.wire import PATH, PROGRAM, Answer, Db, Window, authenticated

app = FastAPI()


class Parameters(Window):
    """A page is a number."""

    page: int = Field(1, ge=1)


@app.get(PATH, response_model=Answer, dependencies=[authenticated])
def messages(
    request: Request, session: Db, program_id: int, asked: Annotated[Parameters, Query()]
) -> Any:
    """One page, counted from the beginning; a row more tells whether there is another."""
    rows = session.scalars(
        select(Message)
        .where(
            Message.program_id == program_id,
            Message.date >= asked.startDate,
            Message.date <= asked.endDate,
        )
        .order_by(Message.date, Message.serial)
        .offset((asked.page - 1) * asked.pageSize)
        .limit(asked.pageSize + 1)
    ).all()
    more = len(rows) > asked.pageSize
    url = str(request.url.include_query_params(page=asked.page + 1)) if more else None
    return {
        "data": {**PROGRAM, "messages": rows[: asked.pageSize]},
        "meta": {"nextPageUrl": url},
    }

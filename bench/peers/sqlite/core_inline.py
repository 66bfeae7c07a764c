"""The peer that is nearest to us: `core`, without its threads."""

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy.orm import Session

from bench.peers.core import answer, statement
from bench.peers.sqlite.sessions import engine
from bench.peers.wire import PATH, KeyWindow, authenticated_inline

app = FastAPI()


@app.get(PATH, dependencies=[authenticated_inline])
async def messages(
    request: Request, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Response:
    """One page from a key on, read while all others wait."""
    with Session(engine) as session:
        return answer(request, asked, session.execute(statement(program_id, asked)).all())

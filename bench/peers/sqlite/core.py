"""`core` in threads."""

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response

from bench.peers.core import answer, statement
from bench.peers.sqlite.sessions import Db
from bench.peers.wire import PATH, KeyWindow, authenticated

app = FastAPI()


@app.get(PATH, dependencies=[authenticated])
def messages(
    request: Request, session: Db, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Response:
    """One page from a key on."""
    return answer(request, asked, session.execute(statement(program_id, asked)).all())

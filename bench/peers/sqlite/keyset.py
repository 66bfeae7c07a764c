"""`keyset` in threads."""

from typing import Annotated, Any

from fastapi import FastAPI, Query, Request

from bench.peers.keyset import answer, statement
from bench.peers.sqlite.sessions import Db
from bench.peers.wire import PATH, Answer, KeyWindow, authenticated

app = FastAPI()


@app.get(PATH, response_model=Answer, dependencies=[authenticated])
def messages(
    request: Request, session: Db, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Any:
    """One page from a key on."""
    return answer(request, asked, session.scalars(statement(program_id, asked)).all())

"""`core` on the event loop."""

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response

from bench.peers.core import answer, statement
from bench.peers.postgres.sessions import Db
from bench.peers.wire import PATH, KeyWindow, authenticated_inline

app = FastAPI()


@app.get(PATH, dependencies=[authenticated_inline])
async def messages(
    request: Request, session: Db, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Response:
    """One page from a key on."""
    rows = await session.execute(statement(program_id, asked))
    return answer(request, asked, rows.all())

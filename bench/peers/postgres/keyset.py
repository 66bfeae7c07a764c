"""`keyset` on the event loop."""

from typing import Annotated, Any

from fastapi import FastAPI, Query, Request

from bench.peers.keyset import answer, statement
from bench.peers.postgres.sessions import Db
from bench.peers.wire import PATH, Answer, KeyWindow, authenticated_inline

app = FastAPI()


@app.get(PATH, response_model=Answer, dependencies=[authenticated_inline])
async def messages(
    request: Request, session: Db, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Any:
    """One page from a key on."""
    found = await session.scalars(statement(program_id, asked))
    return answer(request, asked, found.all())

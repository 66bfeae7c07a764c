"""The peer that is nearest to us: `core`, without a session and without BEGIN and ROLLBACK."""

from typing import Annotated

from fastapi import FastAPI, Query, Request, Response

from bench.peers.core import answer, statement
from bench.peers.postgres import sessions
from bench.peers.wire import PATH, KeyWindow, authenticated_inline

app = FastAPI()
engine = sessions.engine.execution_options(isolation_level="AUTOCOMMIT")


@app.get(PATH, dependencies=[authenticated_inline])
async def messages(
    request: Request, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Response:
    """One page from a key on."""
    async with engine.connect() as connection:
        rows = await connection.execute(statement(program_id, asked))
        return answer(request, asked, rows.all())

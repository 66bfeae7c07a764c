"""The peer that is nearest to us: `core`, without its threads."""

from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.security import HTTPBasicCredentials
from sqlalchemy.orm import Session

from bench.peers.core import page
from bench.peers.wire import PATH, KeyWindow, authenticate, basic, engine

app = FastAPI()


async def _authenticated(given: Annotated[HTTPBasicCredentials, Depends(basic)]) -> None:
    authenticate(given)


@app.get(PATH, dependencies=[Depends(_authenticated)])
async def messages(
    request: Request, program_id: int, asked: Annotated[KeyWindow, Query()]
) -> Response:
    """One page from a key on, read while all others wait."""
    with Session(engine) as session:
        return page(request, session, program_id, asked)

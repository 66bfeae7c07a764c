"""The peers' engine, and a session of it for each request."""

import os
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from bench.peers import PEER_URL

CONNECTIONS = 10  # as many as a process of ours has

engine = create_async_engine(os.environ[PEER_URL], pool_size=CONNECTIONS, max_overflow=0)


async def _session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine) as session:
        yield session


Db = Annotated[AsyncSession, Depends(_session)]

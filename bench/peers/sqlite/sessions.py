"""The peers' engine, and a session of it for each request."""

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from bench.peers import PEER_URL

engine = create_engine(os.environ[PEER_URL])


def _session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


Db = Annotated[Session, Depends(_session)]

"""What the peers share: credentials, parameters, models.

They do less than we: one credential, no scopes, no look-up of the program, no walk to hold.
"""

import os
import secrets
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, tuple_

from bench.peers import SECRET, USERNAME
from bench.peers.table import Message

PATH = "/api/messages/program/{program_id}"
PROGRAM = {
    "campaignName": "Default Campaign",
    "programName": "Bench",
    "programType": "Text to Join",
}

basic = HTTPBasic()


class MessageOut(BaseModel):
    """The six fields, from a row's attributes."""

    model_config = ConfigDict(from_attributes=True)

    type: str
    delivery_status: str = Field(serialization_alias="deliveryStatus")
    number: str
    body: str
    date: datetime
    network: str | None


class Data(BaseModel):
    """The program's names and the page's messages."""

    campaignName: str  # noqa: N815 (the wire's name)
    programName: str  # noqa: N815
    programType: str  # noqa: N815
    messages: list[MessageOut]


class Meta(BaseModel):
    """Errors and the address of the next page."""

    generalErrors: list[str] = []  # noqa: N815
    nextPageUrl: str | None  # noqa: N815


class Answer(BaseModel):
    """The envelope."""

    data: Data
    meta: Meta


class Window(BaseModel):
    """The query parameters of all peers."""

    startDate: datetime  # noqa: N815 (the wire's names)
    endDate: datetime  # noqa: N815
    pageSize: int = Field(50, ge=1, le=500)  # noqa: N815


class PageWindow(Window):
    """The query parameters of pages that are counted: a page is a number."""

    page: int = Field(1, ge=1)


class KeyWindow(Window):
    """The query parameters of pages by key: where the page begins, absent on the first."""

    afterDate: datetime | None = None  # noqa: N815
    afterSerial: int = 0  # noqa: N815

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row must fulfil beside its program."""
        within = [Message.date >= self.startDate, Message.date <= self.endDate]
        if self.afterDate is None:
            return within
        key = tuple_(Message.date, Message.serial)
        return [*within, key > (self.afterDate, self.afterSerial)]


def authenticate(given: Annotated[HTTPBasicCredentials, Depends(basic)]) -> None:
    """Refuse all but the one credential, in constant time.

    Raises:
        HTTPException: it is another.
    """
    username = secrets.compare_digest(given.username.encode(), os.environ[USERNAME].encode())
    secret = secrets.compare_digest(given.password.encode(), os.environ[SECRET].encode())
    if not (username and secret):
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})


async def _authenticate_inline(given: Annotated[HTTPBasicCredentials, Depends(basic)]) -> None:
    authenticate(given)


authenticated = Depends(authenticate)  # in a thread, as FastAPI runs plain functions
authenticated_inline = Depends(_authenticate_inline)


def key_url(request: Request, date: datetime, serial: int) -> str:
    """The request's address with the key of the page's last row in it."""
    position = {"afterDate": date.isoformat(), "afterSerial": serial}
    return str(request.url.include_query_params(**position))

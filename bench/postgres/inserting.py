"""A server that inserts what is posted to it, over a connection for each client, and no more.

A plain ASGI app: no credentials, no checks, no counter.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from itertools import count
from typing import Any

import asyncpg
import msgspec

from bench.postgres import bare
from smsledger.ledger.model import FIRST_STATUS, Message, MessageType

Event = MutableMapping[str, Any]

_ANSWER = b'{"accepted":1}'
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(_ANSWER)),
    ],
}
_BODY = {"type": "http.response.body", "body": _ANSWER}


class _Posted(msgspec.Struct):
    id: str
    type: MessageType
    number: str
    body: str
    network: str | None

    def message(self) -> Message:
        """As a ledger would take it."""
        status = FIRST_STATUS[self.type]
        return Message(delivery_status=status, **msgspec.structs.asdict(self))


_read = msgspec.json.Decoder(list[_Posted]).decode
_serials = count(2 * bare.SERIALS)
_inserts: list[Any] = []  # prepared, one on each connection


async def app(
    scope: Event, receive: Callable[[], Awaitable[Event]], send: Callable[[Event], Awaitable[None]]
) -> None:
    """Insert one message, durably, and say so."""
    if scope["type"] == "http":
        [posted] = _read((await receive())["body"])
        insert = _inserts.pop()
        await insert.fetch(*bare.row(posted.message(), next(_serials)))
        _inserts.append(insert)
        await send(_START)
        await send(_BODY)
    elif scope["type"] == "lifespan":
        await receive()
        for _ in range(int(os.environ[bare.CONNECTIONS])):
            connection = await asyncpg.connect(os.environ[bare.URL])
            _inserts.append(await connection.prepare(bare.INSERT))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

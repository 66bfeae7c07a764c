"""The bound that no server can beat: the very answer of another one, kept in memory and sent.

A plain ASGI app: it reads nothing, asks nobody and decides nothing.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

ANSWER_FILE = "BENCH_ANSWER_FILE"  # a whole HTTP answer, as it came over the wire
_OF_THE_SERVER = {b"date", b"server"}

Event = MutableMapping[str, Any]


@cache
def _events() -> tuple[Event, Event]:
    head, _, body = Path(os.environ[ANSWER_FILE]).read_bytes().partition(b"\r\n\r\n")
    lines = [line.split(b": ", 1) for line in head.split(b"\r\n")[1:]]
    headers = [(name, value) for name, value in lines if name.lower() not in _OF_THE_SERVER]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


async def app(
    scope: Event, receive: Callable[[], Awaitable[Event]], send: Callable[[Event], Awaitable[None]]
) -> None:
    """Answer every request alike."""
    if scope["type"] == "http":
        start, body = _events()
        await send(start)
        await send(body)
    elif scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

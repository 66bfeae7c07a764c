"""Pages by key: entities and pydantic's response models, and no OFFSET."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from sqlalchemy import Select, select

from bench.peers.table import Message
from bench.peers.wire import PROGRAM, KeyWindow, key_url


def statement(program_id: int, asked: KeyWindow) -> Select[Message]:
    """One page from a key on; a row more tells whether there is another."""
    return (
        select(Message)
        .where(Message.program_id == program_id, *asked.conditions())
        .order_by(Message.date, Message.serial)
        .limit(asked.pageSize + 1)
    )


def answer(request: Request, asked: KeyWindow, found: Sequence[Message]) -> dict[str, Any]:
    """What becomes an `Answer`."""
    url = None
    if len(found) > asked.pageSize:
        last = found[asked.pageSize - 1]
        url = key_url(request, last.date, last.serial)
    return {
        "data": {**PROGRAM, "messages": found[: asked.pageSize]},
        "meta": {"nextPageUrl": url},
    }

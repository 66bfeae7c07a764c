"""Pages as most services have them: entities, OFFSET, pydantic's response models."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from sqlalchemy import Select, select

from bench.peers.table import Message
from bench.peers.wire import PROGRAM, PageWindow


def statement(program_id: int, asked: PageWindow) -> Select[Message]:
    """One page, counted from the beginning; a row more tells whether there is another."""
    return (
        select(Message)
        .where(
            Message.program_id == program_id,
            Message.date >= asked.startDate,
            Message.date <= asked.endDate,
        )
        .order_by(Message.date, Message.serial)
        .offset((asked.page - 1) * asked.pageSize)
        .limit(asked.pageSize + 1)
    )


def answer(request: Request, asked: PageWindow, found: Sequence[Message]) -> dict[str, Any]:
    """What becomes an `Answer`."""
    more = len(found) > asked.pageSize
    url = str(request.url.include_query_params(page=asked.page + 1)) if more else None
    return {
        "data": {**PROGRAM, "messages": found[: asked.pageSize]},
        "meta": {"nextPageUrl": url},
    }

"""What a store says of a program and of one message in it."""

import msgspec

from smsledger.ledger import instant, query
from smsledger.ledger.query import PageQuery, PageRequest
from tests.making import PROGRAM


async def message_of(store, message_id="m-1"):
    return msgspec.structs.asdict(await store.message(PROGRAM, message_id))


async def history_of(store, message_id="m-1"):
    return [msgspec.structs.asdict(each) for each in await store.history(PROGRAM, message_id)]


class Position(msgspec.Struct, frozen=True):
    """Where a program stands: its epoch, its counter, its newest message's date."""

    epoch: str
    last: int
    newest: int | None


async def position_of(store, program_id=PROGRAM):
    asked = query.begin(
        PageRequest(), program_id, instant.now(), window="retention", retention_days=365
    )
    page = await store.page(PageQuery(walk=asked, size=1, number=1))
    return Position(page.epoch, page.last, page.newest)

"""One message of the tests' program, as a dictionary."""

import msgspec

from tests.making import PROGRAM


async def message_of(store, message_id="m-1"):
    return msgspec.structs.asdict(await store.message(PROGRAM, message_id))


async def history_of(store, message_id="m-1"):
    return [msgspec.structs.asdict(each) for each in await store.history(PROGRAM, message_id)]

"""What a store says of a program and of one message in it."""

from typing import Any

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Invitation, Program
from smsledger.ledger.walk import PageQuery, PageRequest, WalkRules, begin
from smsledger.store.store import Store
from smsledger.store.stored_message import StoredMessage
from tests.making import PROGRAM


async def message_of(store: Store, message_id: str = "m-1") -> dict[str, Any]:
    return msgspec.structs.asdict(await stored_message(store, message_id))


async def history_of(store: Store, message_id: str = "m-1") -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(each) for each in await store.history(PROGRAM, message_id)]


async def program_of(store: Store, program_id: int = PROGRAM) -> Program:
    """A program that must be there."""
    program = await store.program(program_id)
    assert program is not None
    return program


async def credential_of(store: Store, username: str) -> Credential:
    """A credential that must be there."""
    credential = await store.credential(username)
    assert credential is not None
    return credential


async def invitation_of(store: Store, token: bytes) -> Invitation:
    """An invitation that must be there."""
    invitation = await store.invitation(token)
    assert invitation is not None
    return invitation


async def stored_message(
    store: Store, message_id: str = "m-1", program_id: int = PROGRAM
) -> StoredMessage:
    """A message that must be there."""
    message = await store.message(program_id, message_id)
    assert message is not None
    return message


class Position(msgspec.Struct, frozen=True):
    """Where a program stands: its epoch, its counter, its newest message's date."""

    epoch: str
    last: int
    newest: int | None


async def position_of(store: Store, program_id: int = PROGRAM) -> Position:
    rules = WalkRules(window="retention", retention_days=365, page_size=50)
    asked = begin(PageRequest(), program_id, instant.now(), rules)
    page = await store.page(PageQuery(walk=asked, size=1, number=1))
    return Position(page.epoch, page.last, page.newest)

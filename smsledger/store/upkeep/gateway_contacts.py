"""When each gateway last delivered a message and a receipt."""

from collections.abc import Callable, Coroutine
from typing import Any

from smsledger.ledger import instant
from smsledger.store.engine import Engine
from smsledger.store.session import Session

# On PostgreSQL all processes share a gateway's row, so writing it for every message would make them
# wait for each other. Minutes are precise enough for its readers.
APART = instant.SECOND
_Contact = Callable[[Session, str, int], Coroutine[Any, Any, None]]


class GatewayContacts:
    """Records contacts of gateways, each kind once a second at most."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._recorded: dict[tuple[_Contact, str], int] = {}

    async def record(self, contact: _Contact, gateway: str) -> None:
        """Record that a gateway delivered something just now: `mo` or `receipt`."""
        now = instant.now()
        # After the clock is set back, the recorded instant is in the future.
        if abs(now - self._recorded.get((contact, gateway), 0)) < APART:
            return
        self._recorded[contact, gateway] = now
        await self._engine.change(contact, gateway, now)


async def mo(db: Session, gateway: str, now: int) -> None:
    """Record that the gateway delivered a message."""
    await db.run("mo_contact", gateway=gateway, now=now)


async def receipt(db: Session, gateway: str, now: int) -> None:
    """Record that the gateway delivered a receipt."""
    await db.run("receipt_contact", gateway=gateway, now=now)

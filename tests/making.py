"""Messages and receipts for tests: say what matters, the rest is plausible."""

from typing import Any

from smsledger.ledger import instant
from smsledger.ledger.model import DeliveryStatus, Message, MessageType, Program, Receipt

YESTERDAY = instant.now() - instant.DAY
PROGRAM = 121811


def make_message(**what_matters: Any) -> Message:
    plausible = {
        "id": "m-1",
        "type": MessageType.MT,
        "delivery_status": DeliveryStatus.SENT,
        "number": "15556667777",
        "body": "This is complete message Body",
        "date": YESTERDAY,
        "network": "T-Mobile",
    }
    return Message(**{**plausible, **what_matters})


def make_receipt(**what_matters: Any) -> Receipt:
    plausible = {"id": "m-1", "delivery_status": DeliveryStatus.DELIVERED, "date": YESTERDAY}
    return Receipt(**{**plausible, **what_matters})


def make_program(**what_matters: Any) -> Program:
    plausible = {
        "id": PROGRAM,
        "name": "Summer Sale",
        "type": "Text to Join",
        "campaign": "Default Campaign",
        "short_code": "20880",
        "keywords": ("JOIN",),
    }
    return Program(**{**plausible, **what_matters})


def make_row(**what_matters: Any) -> dict[str, Any]:
    """A message as a caller of the API writes it."""
    plausible = {
        "id": "m-1",
        "type": "MO",
        "number": "15556667777",
        "body": "JOIN",
        "date": instant.render_micros(YESTERDAY),
    }
    return {**plausible, **what_matters}

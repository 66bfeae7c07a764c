"""A message <-> the JSON bytes that are stored and sent.

The six fields of the Export API, in its order, are rendered once, when the message is written;
a page is those bytes, joined. The fragment is also where the body lives: a change of status
reads it back, changes one word and renders it again.
"""

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.line_ends import escape_line_ends
from smsledger.ledger.model import DeliveryStatus, Message, MessageType


class MessageJson(msgspec.Struct, frozen=True):
    """The six fields, named and ordered as on the wire."""

    type: MessageType
    deliveryStatus: DeliveryStatus  # noqa: N815 (the wire's name)
    number: str
    body: str
    date: str
    network: str | None


_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(MessageJson).decode


def render(fragment: MessageJson) -> bytes:
    """The fragment as one line: pages, exports and the feed send it as it is."""
    return escape_line_ends(_encode(fragment))


def of_message(message: Message, date: int) -> bytes:
    """The fragment of a new message, dated `date` (an instant)."""
    return render(
        MessageJson(
            message.type,
            message.delivery_status,
            message.number,
            message.body,
            instant.render_seconds(date),
            message.network,
        )
    )


def read(fragment: bytes) -> MessageJson:
    """The six fields of a stored fragment."""
    return _read(fragment)


def with_latest(fragment: bytes, status: DeliveryStatus, network: str | None) -> bytes:
    """The same message with another status and network."""
    return render(msgspec.structs.replace(_read(fragment), deliveryStatus=status, network=network))

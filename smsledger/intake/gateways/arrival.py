"""What a gateway hands over: requests in, arrivals out. No HTTP framework, no store."""

from collections.abc import Mapping

import msgspec

from smsledger.ledger.model import GatewayMessage


class GatewayRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway's call as it came.

    `query` is the raw query string, `headers` have lower-case names; nothing is decoded yet,
    because only the gateway's own fields say which character set the bytes are in.
    """

    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes


class Arrival(GatewayMessage, frozen=True, kw_only=True):
    """An MO as a gateway delivered it, before it has a program.

    `program_id` is the program the URL named; without one, `short_code` and the body's first word
    decide.
    """

    program_id: int | None = None


class GatewayAnswer(msgspec.Struct, frozen=True):
    """What the gateway expects to read when its message is safe."""

    status: int
    content_type: bytes
    body: bytes

"""What a gateway hands over: requests in, arrivals out. No HTTP framework, no store."""

from collections.abc import Mapping

import msgspec


class GatewayRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway's call as it came.

    `query` is the raw query string, `headers` have lower-case names; nothing is decoded yet,
    because only the gateway's own fields say which character set the bytes are in.
    """

    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """An MO as a gateway delivered it, before it has a program.

    `sender` is what the gateway said, digits or not. `program_id` is the program the URL named;
    without one, `short_code` and the body's first word decide. `remark` and `raw` go to the
    message's history.
    """

    id: str
    gateway: str
    sender: str
    body: str
    program_id: int | None = None
    short_code: str | None = None
    date: int | None = None
    network: str | None = None
    segments: int | None = None
    remark: str | None = None
    raw: bytes | None = None


class GatewayAnswer(msgspec.Struct, frozen=True):
    """What the gateway expects to read when its message is safe."""

    status: int
    content_type: bytes
    body: bytes

"""A gateway's request, byte for byte, and what our web layer makes of it."""

from dataclasses import dataclass
from pathlib import Path

from smsledger.intake.gateways.arrival import GatewayRequest

REQUESTS = Path(__file__).parent / "kannel_requests"


@dataclass(frozen=True)
class Captured:
    """The head, with the empty line that ends it, and the body."""

    head: bytes
    body: bytes

    @property
    def target(self) -> str:
        """`/path?query` as it came."""
        return self.head.split(b" ", 2)[1].decode()

    @property
    def request(self) -> GatewayRequest:
        lines = [line.partition(b": ") for line in self.head.splitlines()[1:] if line]
        return GatewayRequest(
            query=self.target.partition("?")[2].encode(),
            headers={name.lower(): value for name, _, value in lines},
            body=self.body,
        )


def captured(name: str) -> GatewayRequest:
    """A request of Kannel 1.4.5, kept in a file."""
    head, end, body = (REQUESTS / f"{name}.http").read_bytes().partition(b"\r\n\r\n")
    return Captured(head + end, body).request

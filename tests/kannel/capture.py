"""A server that keeps every request byte for byte, and answers what it is told to."""

import socketserver
from dataclasses import dataclass

import httpx

from smsledger.gateways.arrival import GatewayRequest
from smsledger.gateways.kannel import ACKNOWLEDGEMENT

from .loopback import LoopbackServer


@dataclass(frozen=True)
class Captured:
    """One request: its bytes, head and body."""

    head: bytes
    body: bytes

    @property
    def target(self) -> str:
        """`/path?query` as it came."""
        return self.head.split(b" ", 2)[1].decode()

    @property
    def path(self) -> str:
        """The path alone."""
        return self.target.partition("?")[0]

    @property
    def gateway_request(self) -> GatewayRequest:
        """What our web layer makes of it."""
        lines = [line.partition(b": ") for line in self.head.split(b"\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        query = self.target.partition("?")[2].encode()
        return GatewayRequest(query=query, headers=headers, body=self.body)


class CapturingServer:
    """Answers every request with `answer`; None closes the connection without a word."""

    def __init__(self) -> None:
        self.captured: list[Captured] = []
        self.answer: bytes | None = said(ACKNOWLEDGEMENT.status)
        self._server = LoopbackServer(self._handler())
        self.port = self._server.port

    @property
    def url(self) -> httpx.URL:
        """With a user name and a secret, as Kannel's configuration has it."""
        return httpx.URL(f"http://kannel:s3cr-e_t@127.0.0.1:{self.port}")

    def texts(self, word: str) -> list[Captured]:
        """The requests that hold the word."""
        return [request for request in self.captured if word in request.target]

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._server.stop()

    def start(self) -> None:
        """Listen again, on the same port."""
        self._server = LoopbackServer(self._handler(), self.port)

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        capturing = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = self.rfile.readline()
                    if not line:
                        return
                    head += line
                body = self.rfile.read(_content_length(head))
                capturing.captured.append(Captured(head, body))
                if capturing.answer is not None:
                    self.wfile.write(capturing.answer)

        return Handler


def said(status: int, body: bytes = b"", content_type: bytes = b"text/plain") -> bytes:
    """An HTTP answer, after which the connection is closed."""
    head = b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, content_type, len(body)) + body


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b": ")
        if name.lower() == b"content-length":
            return int(value)
    return 0

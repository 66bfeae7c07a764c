"""A server that keeps every request byte for byte, and answers what it is told to."""

import socketserver

from smsledger.intake.gateways.kannel import ACKNOWLEDGEMENT
from tests.intake.gateways.captured import Captured
from tests.kannel.loopback import LoopbackServer


def answer(status: int, body: bytes = b"", content_type: bytes = b"text/plain") -> bytes:
    """An HTTP answer, after which the connection is closed."""
    head = b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, content_type, len(body)) + body


ACKNOWLEDGED = answer(ACKNOWLEDGEMENT.status, ACKNOWLEDGEMENT.body, ACKNOWLEDGEMENT.content_type)


class CapturingServer:
    """Answers with `answer`, or what `instead` has for a word in the URL.

    An empty answer closes the connection without a word.
    """

    def __init__(self) -> None:
        self.captured: list[Captured] = []
        self.answer = ACKNOWLEDGED
        self.instead: dict[str, bytes] = {}
        self.start(0)

    @property
    def url(self) -> str:
        """With a user name and a secret, as in Kannel's configuration."""
        return f"http://kannel:s3cr-e_t@127.0.0.1:{self.port}"

    def holding(self, word: str) -> list[Captured]:
        """The requests whose URL holds the word, in the order they came."""
        return [request for request in self.captured if word in request.target]

    def answer_to(self, request: Captured) -> bytes:
        """What this request gets."""
        words = (word for word in self.instead if word in request.target)
        return self.instead.get(next(words, ""), self.answer)

    def start(self, port: int) -> None:
        """Take connections; port 0 is any that is free."""
        self._server = LoopbackServer(self._handler(), port)
        self.port = self._server.port

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._server.stop()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        capturing = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                head = b"".join(iter(self.rfile.readline, b"\r\n")) + b"\r\n"
                request = Captured(head, b"").request
                length = int(request.headers.get(b"content-length", b"0"))
                whole = Captured(head, self.rfile.read(length))
                capturing.captured.append(whole)
                self.wfile.write(capturing.answer_to(whole))

        return Handler

"""Requests as bytes, and answers one at a time; many at a time are in `load.py`."""

import base64
import re
import socket
from dataclasses import dataclass
from functools import cached_property

import msgspec

RECEIVE = 1 << 20
END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class UnexpectedAnswer(Exception):
    """The server said something else than 2xx with a Content-Length."""


@dataclass(frozen=True)
class Credential:
    """A user name and its secret."""

    username: str
    secret: str

    @cached_property
    def authorization(self) -> str:
        """The value of the header."""
        pair = base64.b64encode(f"{self.username}:{self.secret}".encode())
        return f"Basic {pair.decode()}"

    @property
    def _header(self) -> str:
        return f"Authorization: {self.authorization}"

    def get(self, target: str, *headers: str) -> bytes:
        """A GET of a path with its query, and more headers."""
        lines = (f"GET {target} HTTP/1.1", "Host: 127.0.0.1", self._header, *headers)
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def post(self, target: str, body: bytes) -> bytes:
        """A POST of a JSON body."""
        head = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self._header}\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return (head + kind).encode() + body


class Data(msgspec.Struct):
    """The messages, each as the bytes that it came in."""

    messages: list[msgspec.Raw]


class Meta(msgspec.Struct):
    """Where the walk goes on."""

    nextPageUrl: str | None  # noqa: N815 (the wire's name)


class Page(msgspec.Struct):
    """What all servers here answer."""

    data: Data
    meta: Meta


def answer_length(buffer: bytearray, got: int) -> int:
    """Bytes of the answer whose beginning, with the whole head, was received.

    Raises:
        UnexpectedAnswer: it is no success, or does not say its length.
    """
    end = buffer.find(END_OF_HEAD, 0, got)
    length = _LENGTH.search(buffer, 0, max(end, 0) + 2)
    if not buffer.startswith(b"HTTP/1.1 2") or length is None:
        raise UnexpectedAnswer(bytes(buffer[: min(got, 1000)]).decode(errors="replace"))
    return end + len(END_OF_HEAD) + int(length[1])


def ask(port: int, request: bytes) -> bytes:
    """The whole answer, head and body, as it came.

    Raises:
        UnexpectedAnswer: it is no success.
    """
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        answer = bytearray(connection.recv(RECEIVE))
        length = answer_length(answer, len(answer))
        while len(answer) < length:
            answer += connection.recv(RECEIVE)
    return bytes(answer)


def page(port: int, request: bytes) -> Page:
    """The page that is answered."""
    _, _, body = ask(port, request).partition(END_OF_HEAD)
    return msgspec.json.decode(body, type=Page)


def target_of(url: str) -> str:
    """Path and query of an absolute URL."""
    return "/" + url.split("/", 3)[3]

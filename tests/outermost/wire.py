"""A bare connection to a server, for what no HTTP library would send."""

import base64
import http.client
import re
import socket
from types import TracebackType
from typing import Self

from tests.making import PROGRAM
from tests.server import Server

PATH = f"/api/messages/program/{PROGRAM}"


class Wire:
    """One connection; `head` writes a request's first lines with the server's credential."""

    def __init__(self, server: Server) -> None:
        self._token = base64.b64encode(":".join(server.auth).encode()).decode()
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def head(
        self, method: str, *headers: str, path: str = PATH, host: str = "ledger.test"
    ) -> "Wire":
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {host}",
            f"Authorization: Basic {self._token}",
        ]
        return self.send("\r\n".join([*lines, *headers, "", ""]).encode("latin-1"))

    def send(self, data: bytes) -> "Wire":
        self.socket.sendall(data)
        return self

    def answer(self, method: str = "GET") -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body of the next answer."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        return response.status, response.headers, response.read()

    def line(self) -> bytes:
        """The one line of an interim answer, such as 100 Continue; its empty line is taken too."""
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            received += self.socket.recv(1)
        return received[:-2]

    def statuses(self) -> list[int]:
        """Of all answers, until the server closes the connection."""
        received = b""
        while more := self.socket.recv(65536):
            received += more
        return [int(each) for each in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)]

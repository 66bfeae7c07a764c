"""Long answers, read as they come: dropped, or kept in a file."""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO

from bench.ledger import Ledger
from bench.wire import UnexpectedAnswer

BUFFER = 1 << 20
_LAST_CHUNK = b"\r\n0\r\n\r\n"

Receive = Callable[[memoryview], int]  # fills the beginning of a buffer; 0 at the end


def drain(ledger: Ledger, port: int, target: str) -> None:
    """Read a whole answer and drop it, as cheaply as the output of a command is dropped.

    Raises:
        UnexpectedAnswer: it is no success, or breaks off.
    """
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(ledger.credential.get(target, "Connection: close"))
        first = connection.recv(len("HTTP/1.1 200"), socket.MSG_WAITALL)
        if first != b"HTTP/1.1 200":
            raise UnexpectedAnswer(first.decode(errors="replace"))
        if _dropped(connection.recv_into) != _LAST_CHUNK:
            raise UnexpectedAnswer("the answer broke off")


def save(ledger: Ledger, port: int, target: str, file: Path) -> None:
    """Keep the body of an answer in a file."""
    with _body(ledger, port, target) as read_into, file.open("wb", buffering=0) as kept:
        for piece in _pieces(read_into):
            kept.write(piece)


def digest(ledger: Ledger, port: int, target: str) -> str:
    """The SHA-256 of the body of an answer."""
    with _body(ledger, port, target) as read_into:
        return _digest(read_into)


def drain_command(command: Sequence[str]) -> None:
    """Run a command, read its output and drop it."""
    with _output(command) as output:
        _dropped(_reading(output))


def digest_command(command: Sequence[str]) -> str:
    """The SHA-256 of a command's output."""
    with _output(command) as output:
        return _digest(_reading(output))


@contextmanager
def _body(ledger: Ledger, port: int, target: str) -> Iterator[Receive]:
    connection = HTTPConnection("127.0.0.1", port)
    headers: Mapping[str, str] = {"Authorization": ledger.credential.authorization}
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise UnexpectedAnswer(answer.read(1000).decode(errors="replace"))
    yield answer.readinto
    connection.close()


@contextmanager
def _output(command: Sequence[str]) -> Iterator[IO[bytes]]:
    with Popen(command, stdout=PIPE, bufsize=0) as process:
        assert process.stdout is not None
        yield process.stdout
    assert process.returncode == 0, f"{command[0]} failed"


def _reading(output: IO[bytes]) -> Receive:
    return lambda buffer: os.readv(output.fileno(), [buffer])


def _dropped(receive: Receive) -> bytes:
    """Read to the end; the last few bytes."""
    last = b""
    for piece in _pieces(receive):
        last = (last + bytes(piece[-len(_LAST_CHUNK) :]))[-len(_LAST_CHUNK) :]
    return last


def _digest(receive: Receive) -> str:
    digested = hashlib.sha256()
    for piece in _pieces(receive):
        digested.update(piece)
    return digested.hexdigest()


def _pieces(receive: Receive) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(BUFFER))
    while got := receive(buffer):
        yield buffer[:got]

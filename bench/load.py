"""A load client on one core: keep-alive connections, each with one request under way.

It reads and counts, nothing else, and so costs a fraction of what any of the servers here costs
(as fast as wrk, which a new machine may not have). `Load.client` tells how busy its core was.
"""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.wire import UnexpectedAnswer, answer_length

BUFFER = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came of a load; `client` is the share of its time that the client itself computed."""

    requests: int
    seconds: float
    client: float

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.requests / self.seconds


class _Connection:
    """One request at a time; `left` is what is still to come of the answer's body."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left = 0

    def receive(self, buffer: bytearray) -> bool:
        """Read what there is; whether the answer is complete now.

        Raises:
            UnexpectedAnswer: it is no success, or ends half way.
        """
        got = self.socket.recv_into(buffer)
        if not got:
            raise UnexpectedAnswer("the server closed the connection")
        if not self.left:
            self.left = answer_length(buffer, got)
        self.left -= got
        return not self.left


def load(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Send requests for that long, over so many connections, the next when the last is answered.

    Where answers are slow, until there are as many as connections: else none might be counted.

    Raises:
        UnexpectedAnswer: an answer is no success; nothing was measured then.
    """
    buffer = bytearray(BUFFER)
    count = 0
    with _connected(port, connections) as (poll, by_fd):
        for connection in by_fd.values():
            connection.socket.send(next(requests))
        began, worked = time.perf_counter(), time.process_time()
        end = began + seconds
        while time.perf_counter() < end or count < connections:
            for fd, _ in poll.poll(1):
                if by_fd[fd].receive(buffer):
                    count += 1
                    by_fd[fd].socket.send(next(requests))
        passed = time.perf_counter() - began
        return Load(requests=count, seconds=passed, client=(time.process_time() - worked) / passed)


@contextmanager
def _connected(port: int, count: int) -> Iterator[tuple[select.epoll, dict[int, _Connection]]]:
    with ExitStack() as stack:
        poll = stack.enter_context(select.epoll())
        by_fd = {}
        for _ in range(count):
            connection = _Connection(port)
            stack.enter_context(connection.socket)
            poll.register(connection.socket, select.EPOLLIN)
            by_fd[connection.socket.fileno()] = connection
        yield poll, by_fd

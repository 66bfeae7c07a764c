"""An operator's SMSC that speaks as much SMPP 3.4 as Kannel asks of it.

Kannel's own simulator reports every MT as delivered. This one says what real operators say:
not delivered, expired, rejected; and it refuses numbers outright.
"""

import re
import socket
import socketserver
import struct
import threading
from collections.abc import Callable

from tests.kannel.loopback import LoopbackServer
from tests.kannel.waiting import until

SUBMIT, DELIVER, BIND_TRANSCEIVER, UNBIND, ENQUIRE_LINK = 0x04, 0x05, 0x09, 0x06, 0x15
RESPONSE = 0x80000000
IS_RECEIPT, HAS_HEADER = 0x04, 0x40
GSM, LATIN_1, BINARY, UCS2 = 0x00, 0x03, 0x04, 0x08
RECEIPTED_MESSAGE_ID, MESSAGE_STATE = 0x001E, 0x0427
# Of a message id: the receipt text, and the message_state beside it, where there is one.
Report = Callable[[str], tuple[str, int | None]]
_SIMULATOR = re.compile(r"group = smsc\nsmsc = fake\n.*?\n\n", re.DOTALL)
_HEADER = struct.Struct(">IIII")


class OperatorSmsc:
    """Listens for one Kannel; `refuses` and `reports` say what becomes of an MT, by number."""

    def __init__(self) -> None:
        self.refuses: dict[str, int] = {}
        self.reports: dict[str, Report] = {}
        self._link: socket.socket | None = None
        self._ordinal = 0
        self._writing = threading.Lock()
        self._server = LoopbackServer(self._handler())

    def instead_of_simulator(self, conf: str) -> str:
        """The configuration with this SMSC in the place of Kannel's own simulator."""
        group = (
            "group = smsc\nsmsc = smpp\nsmsc-id = OPERATOR\nhost = 127.0.0.1\n"
            f"port = {self._server.port}\ntransceiver-mode = true\n"
            'smsc-username = kannel\nsmsc-password = secret\nsystem-type = ""\n\n'
        )
        edited, count = _SIMULATOR.subn(group, conf)
        assert count == 1
        return edited

    def wait_for_link(self) -> None:
        """Return when Kannel has logged in."""
        until(lambda: self._link)

    def deliver(
        self, sender: str, receiver: str, body: bytes, coding: int = GSM, flags: int = 0
    ) -> None:
        """An MO, or with IS_RECEIPT a receipt."""
        self._deliver(sender, receiver, body, coding, flags)

    def stop(self) -> None:
        """Listen no more; Kannel has hung up by then."""
        self._server.stop()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        operator = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while head := self.rfile.read(_HEADER.size):
                    length, command, _, sequence = _HEADER.unpack(head)
                    body = self.rfile.read(length - _HEADER.size)
                    operator._answer(self.connection, command, sequence, body)

        return Handler

    def _answer(self, link: socket.socket, command: int, sequence: int, body: bytes) -> None:
        if command == BIND_TRANSCEIVER:
            self._send(link, command | RESPONSE, sequence, b"OPERATOR\0")
            self._link = link
        elif command in {ENQUIRE_LINK, UNBIND}:
            self._send(link, command | RESPONSE, sequence)
        elif command == SUBMIT:
            self._submitted(link, sequence, body)

    def _submitted(self, link: socket.socket, sequence: int, body: bytes) -> None:
        number, wants_receipt = _submission(body)
        if number in self.refuses:
            self._send(link, SUBMIT | RESPONSE, sequence, status=self.refuses[number])
            return
        self._ordinal += 1
        message_id = str(self._ordinal)
        self._send(link, SUBMIT | RESPONSE, sequence, message_id.encode() + b"\0")
        if wants_receipt and number in self.reports:
            text, state = self.reports[number](message_id)
            extra = b"" if state is None else _state(message_id, state)
            self._deliver(number, "20880", text.encode(), GSM, IS_RECEIPT, extra)

    def _deliver(
        self, sender: str, receiver: str, body: bytes, coding: int, flags: int, extra: bytes = b""
    ) -> None:
        assert self._link is not None
        # Type 1 is an international number: Kannel puts a plus before it.
        addresses = f"\0\1\1{sender}\0\1\1{receiver}\0".encode()
        fields = bytes([flags, 0, 0, 0, 0, 0, 0, coding, 0, len(body)])
        self._ordinal += 1
        self._send(self._link, DELIVER, self._ordinal, addresses + fields + body + extra)

    def _send(
        self, link: socket.socket, command: int, sequence: int, body: bytes = b"", status: int = 0
    ) -> None:
        with self._writing:
            link.sendall(_HEADER.pack(_HEADER.size + len(body), command, status, sequence) + body)


def report(stat: str, err: str, state: int | None = None) -> Report:
    """A receipt's text, as most operators write it, and its message_state, where they send one."""
    dates = "submit date:2611220455 done date:2611220456"
    return lambda message_id: (
        f"id:{message_id} sub:001 dlvrd:001 {dates} stat:{stat} err:{err} text:hello",
        state,
    )


def _submission(body: bytes) -> tuple[str, bool]:
    """The number of a submit_sm, and whether it asks for a receipt."""
    _service, rest = body.split(b"\0", 1)
    _source, rest = rest[2:].split(b"\0", 1)
    number, rest = rest[2:].split(b"\0", 1)
    _schedule, rest = rest[3:].split(b"\0", 1)
    _validity, rest = rest.split(b"\0", 1)
    return number.decode().removeprefix("+"), bool(rest[0])


def _state(message_id: str, state: int) -> bytes:
    named = message_id.encode() + b"\0"
    head = struct.pack(">HH", RECEIPTED_MESSAGE_ID, len(named))
    return head + named + struct.pack(">HHB", MESSAGE_STATE, 1, state)

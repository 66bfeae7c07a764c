"""Kannel's own programs, started with the documented configuration on free ports."""

import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_from_bytes, urlencode

import httpx

from tests.kannel.waiting import until

BEARERBOX = Path("/usr/sbin/bearerbox")
SMSBOX = Path("/usr/sbin/smsbox")
FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
PROGRAMS = (BEARERBOX, SMSBOX, FAKESMSC)
HOW_TO = Path(__file__).parents[2] / "docs/how-to/kannel"
# fakesmsc reads its input 255 characters at a time.
LONGEST_LINE = 255
PART_CHARACTERS = 153
_RECEIVED = re.compile(r"Got message \d+: <(.*)>$", re.MULTILINE)


def free_ports(count: int) -> list[int]:
    """That many ports which nobody listens on just now."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports


class Kannel:
    """bearerbox and smsbox, which call the server at `ledger` (with user name and secret).

    The configuration is the documented one, but for ports, directories, waiting times and what
    `edit` changes in it.
    """

    def __init__(self, directory: Path, ledger: str, edit: Callable[[str], str]) -> None:
        self.directory = directory
        admin, self._boxes_port, self.smsc_port, self.sendsms_port = free_ports(4)
        changes = {
            "port = 13000": f"port = {admin}",
            "port = 13001": f"port = {self._boxes_port}",
            "port = 13013": f"port = {self.sendsms_port}",
            "\nport = 10000": f"\nport = {self.smsc_port}",
            "http://kannel:SECRET@127.0.0.1:8080": ledger,
            "/var/spool/kannel": str(directory),
            "/var/log/kannel": str(directory),
            "queue-delay = 10": "queue-delay = 1",
            "concatenated-mo-timeout = 600": "concatenated-mo-timeout = 3",
        }
        conf = edit(replaced((HOW_TO / "kannel.conf").read_text(), changes))
        (directory / "kannel.conf").write_text(conf)
        for spool in ("store", "dlr"):
            (directory / spool).mkdir(exist_ok=True)
        self._boxes: dict[Path, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start both boxes; returns when they take messages."""
        self._start(BEARERBOX, self._boxes_port)
        self._start(SMSBOX, self.sendsms_port)

    def stop(self) -> None:
        """Stop both boxes, smsbox first: it asks bearerbox's leave."""
        for program in reversed([*self._boxes]):
            self.stop_box(program)

    def stop_box(self, program: Path) -> None:
        """Stop one box."""
        end(self._boxes.pop(program))

    def kill_box(self, program: Path) -> None:
        """Kill -9: what a crash does."""
        box = self._boxes.pop(program)
        box.kill()
        box.wait()

    def sendsms(self, numbers: str, text: str, receipts: str) -> None:
        """Send an MT from 20880, of which all is to be reported."""
        sms = {"from": "20880", "to": numbers, "text": text, "dlr-mask": "31", "dlr-url": receipts}
        sent = httpx.get(f"{self.sendsms_url}&{urlencode(sms)}")
        assert sent.status_code == 202, sent.text

    @property
    def sendsms_url(self) -> str:
        """The sendsms service, with user name and password."""
        who = "username=smsledger&password=SENDSMS-PASSWORD"
        return f"http://127.0.0.1:{self.sendsms_port}/cgi-bin/sendsms?{who}"

    def _start(self, program: Path, port: int) -> None:
        output = self.directory / f"{program.name}.out"
        with output.open("ab") as file:
            box = self._boxes[program] = subprocess.Popen(
                [program, "-v", "4", self.directory / "kannel.conf"], stdout=file, stderr=file
            )
        until(lambda: box.poll() is not None or _listens(port))
        assert box.poll() is None, output.read_text()


@contextmanager
def running(
    directory: Path, ledger: str, edit: Callable[[str], str] = lambda conf: conf
) -> Iterator[Kannel]:
    """Kannel for as long as it is needed."""
    kannel = Kannel(directory, ledger, edit)
    try:
        kannel.start()
        yield kannel
    finally:
        kannel.stop()


class Handsets:
    """All handsets of the simulated operator: fakesmsc, fed line by line."""

    def __init__(self, kannel: Kannel) -> None:
        self._log = kannel.directory / "fakesmsc.out"
        self._sent = 0
        options = f"-H 127.0.0.1 -r {kannel.smsc_port} -i 0.001 -v 0"
        with self._log.open("wb") as file:
            self._process = subprocess.Popen(
                [FAKESMSC, *options.split()], stdin=subprocess.PIPE, stderr=file
            )

    def text(self, sender: str, receiver: str, body: str) -> None:
        """An MO in the GSM alphabet (here: ASCII)."""
        self._send(f"{sender} {receiver} text {body}")

    def unicode(self, sender: str, receiver: str, body: str) -> None:
        """An MO in UCS-2."""
        self._send(f"{sender} {receiver} ucs2 {quote_from_bytes(body.encode('utf-16-be'))}")

    def bytes(self, sender: str, receiver: str, body: bytes) -> None:
        """An MO of 8-bit data."""
        self._send(f"{sender} {receiver} data {quote_from_bytes(body)}")

    def long(self, sender: str, receiver: str, body: str, only: Sequence[int] = ()) -> None:
        """An MO in parts of 153 characters, each with its user data header; `only` some of them."""
        begins = range(0, len(body), PART_CHARACTERS)
        for ordinal, begin in enumerate(begins, 1):
            if not only or ordinal in only:
                header = quote_from_bytes(bytes([5, 0, 3, 42, len(begins), ordinal]))
                part = body[begin : begin + PART_CHARACTERS]
                self._send(f"{sender} {receiver} udh-text {header} {part}")

    def received(self) -> list[str]:
        """The MTs that reached a handset: `SENDER NUMBER text BODY`, oldest first."""
        return _RECEIVED.findall(self._log.read_text(errors="replace"))

    def close(self) -> None:
        """Switch them all off."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        end(self._process)

    def _send(self, line: str) -> None:
        assert len(line) < LONGEST_LINE, f"fakesmsc would cut it: {line}"
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        self._sent += 1
        # A second line in its buffer would lie there until the next one came.
        until(lambda: f"sent message {self._sent}\n" in self._log.read_text(errors="replace"))


def receipt_url(ledger: str, message_id: str) -> str:
    """The dlr-url of a message of program 121811, as the how-to has it."""
    escaped = quote(message_id, safe="").replace("%", "%%")
    escapes = "status=%d&number=%p&text=%A&time=%T&smsc=%i&smsc_id=%F"
    return f"{ledger}/api/gateways/kannel/receipt?program=121811&id={escaped}&{escapes}"


def end(process: subprocess.Popen[bytes], within: float = 10.0) -> None:
    """Stop a process that we started, politely first."""
    process.terminate()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def replaced(text: str, changes: dict[str, str]) -> str:
    """The configuration with each old text, which must be there, replaced by its new one."""
    for old, new in changes.items():
        assert old in text, f"kannel.conf no longer says {old!r}"
        text = text.replace(old, new)
    return text


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

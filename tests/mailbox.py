"""A mail server of the tests: a real one, on a free port, that keeps what it gets."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.server import free_port

USER, PASSWORD = "ledger", "the mail server's password"
SENDER = "smsledger@example.com"
PUBLIC_URL = "http://sms.example.com"


class Mailbox(Controller):
    """Letters by `letters`, newest last; `refuses` is what it answers to any, if set."""

    def __init__(self, **options: Any) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.refuses: dict[str, str] = {}
        super().__init__(
            self, hostname="127.0.0.1", port=free_port(), authenticator=_authenticate, **options
        )

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refuses.get("RCPT", "250 OK")

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        assert isinstance(envelope.content, bytes)
        self.letters.append(BytesParser(EmailMessage, policy=default).parsebytes(envelope.content))
        return self.refuses.get("DATA", "250 OK")

    def settings(self, **others: Any) -> dict[str, Any]:
        """The settings of a server that sends its letters here."""
        mine = {"smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_security": "none"}
        return {**mine, "mail_from": SENDER, "public_url": PUBLIC_URL, **others}


@contextmanager
def mailbox(**options: Any) -> Iterator[Mailbox]:
    """A mail server that runs meanwhile."""
    server = Mailbox(**options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def certificate(directory: Path) -> ssl.SSLContext:
    """TLS with a certificate for 127.0.0.1, `directory / "cert.pem"`, that signs itself."""
    key, cert = directory / "key.pem", directory / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *names, "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def _authenticate(
    _server: object, _session: object, _envelope: object, _mechanism: object, given: LoginPassword
) -> AuthResult:
    right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)

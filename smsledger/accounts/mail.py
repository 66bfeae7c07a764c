"""Letters that leave by SMTP: a credential's owner is told where its secret can be seen, once."""

import asyncio
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import aiosmtplib
import msgspec

from smsledger.ledger import instant
from smsledger.settings import Settings

_SECONDS = 20  # for all that a letter takes; somebody waits at the page for it
_REFUSALS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (
        (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPRecipientRefused),
        "the mail server refused the address",
    ),
    (aiosmtplib.SMTPSenderRefused, "the mail server refused the sender (mail_from, smtp_user)"),
    (
        aiosmtplib.SMTPAuthenticationError,
        "the mail server refused the user name or the password (smtp_user, smtp_password)",
    ),
    (OSError, "the mail server could not be reached"),
)
_INVITATION = """\
You have been given a credential at {server}

User name: {username}

Its secret can be seen once, on this page:

{link}

The link works until {ends} GMT, and only once. If the page says that it was used
and it was not you, tell whoever gave you the credential.
"""


class MailFailed(Exception):
    """The letter was not taken by the mail server, or not that we know of; says why."""


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """The owner of an invitation, the token of its link, and the end of the link's validity."""

    address: str
    username: str
    token: str
    expires_at: int


class Mail:
    """The mail server of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def is_set_up(self) -> bool:
        """Whether there is a mail server."""
        return bool(self._settings.smtp_host)

    async def invite(self, invited: Invited) -> None:
        """Send the link of an invitation.

        Raises:
            MailFailed: it was not sent, as far as is known.
        """
        letter = EmailMessage()
        letter["Subject"] = "Your smsledger credential"
        letter["From"] = self._settings.mail_from
        letter["To"] = invited.address
        letter["Date"] = formatdate(usegmt=True)
        letter["Message-ID"] = make_msgid(domain=self._domain)
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(
            _INVITATION.format(
                server=self._server_url,
                username=invited.username,
                link=f"{self._server_url}/reveal/{invited.token}",
                ends=instant.render_seconds(invited.expires_at).replace("T", " "),
            )
        )
        await self._send(letter)

    @property
    def _domain(self) -> str:
        return self._settings.mail_from.rpartition("@")[2]

    @property
    def _server_url(self) -> str:
        """The URL with which links begin. It is a setting: callers choose the Host of a request."""
        return str(self._settings.public_url).rstrip("/")

    async def _send(self, letter: EmailMessage) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                await aiosmtplib.send(letter, **self._server())
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailFailed(_why(error)) from error

    def _server(self) -> dict[str, Any]:
        settings = self._settings
        password = settings.smtp_password.get_secret_value()
        return {
            "hostname": settings.smtp_host,
            "port": settings.smtp_port,
            "use_tls": settings.smtp_security == "tls",
            "start_tls": settings.smtp_security == "starttls",
            "username": settings.smtp_user or None,
            "password": password if settings.smtp_user else None,
            # Else the name of this machine is looked up, which can take long and holds up all.
            "local_hostname": self._domain,
            "timeout": _SECONDS,
        }


def _why(error: Exception) -> str:
    known = (reason for kinds, reason in _REFUSALS if isinstance(error, kinds))
    return next(known, "the mail server did not take it")

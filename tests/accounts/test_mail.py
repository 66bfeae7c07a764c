"""Invitations leave by SMTP, to a real server, or it is said why not."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from smsledger.accounts.mail import Invited, Mail, MailFailed
from smsledger.ledger import instant
from smsledger.ledger.mail_address import address_of
from smsledger.settings import Settings
from tests.mailbox import PASSWORD, PUBLIC_URL, SENDER, USER, certificate, mailbox

TOKEN = "x" * 43
LINK = f"{PUBLIC_URL}/reveal/{TOKEN}"


def make_invited(**what_matters: Any) -> Invited:
    plausible = {
        "address": "owner@example.com",
        "username": "etl",
        "token": TOKEN,
        "expires_at": instant.parse("2026-11-28T10:00:00").first,
    }
    return Invited(**{**plausible, **what_matters})


async def send(settings: dict[str, Any], **what_matters: Any) -> None:
    await Mail(Settings(**settings)).invite(make_invited(**what_matters))


async def test_an_invitation_says_who_where_and_until_when() -> None:
    with mailbox() as server:
        await send(server.settings())
    [letter] = server.letters
    assert (letter["From"], letter["To"]) == (SENDER, "owner@example.com")
    assert server.envelopes[0].rcpt_tos == ["owner@example.com"]
    text = letter.get_content()
    for said in ("User name: etl\n", f"\n{LINK}\n", "until 2026-11-28 10:00:00 GMT"):
        assert said in text.replace("\r\n", "\n")


async def test_a_user_name_in_any_script_arrives_as_it_is() -> None:
    with mailbox() as server:
        await send(server.settings(), username="zoë@例え.jp")
    assert "User name: zoë@例え.jp" in server.letters[0].get_content()


async def test_the_server_is_told_who_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with mailbox(tls_context=certificate(tmp_path), auth_required=True) as server:
        settings = server.settings(smtp_security="starttls")
        with pytest.raises(MailFailed):
            await send(settings)
        with pytest.raises(MailFailed, match="refused the user name or the password") as failed:
            await send({**settings, "smtp_user": USER, "smtp_password": "wrong"})
        await send({**settings, "smtp_user": USER, "smtp_password": PASSWORD})
    assert len(server.letters) == 1
    assert "wrong" not in str(failed.value)


async def test_starttls_is_demanded_and_its_certificate_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailbox() as server, pytest.raises(MailFailed):
        await send(server.settings(smtp_security="starttls"))
    with mailbox(tls_context=certificate(tmp_path), require_starttls=True) as server:
        with pytest.raises(MailFailed, match="could not be reached"):
            await send(server.settings(smtp_security="starttls"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        await send(server.settings(smtp_security="starttls"))
    assert len(server.letters) == 1


async def test_tls_from_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mailbox(ssl_context=certificate(tmp_path)) as server:
        with pytest.raises(MailFailed):
            await send(server.settings(smtp_security="tls"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        await send(server.settings(smtp_security="tls"))
    assert len(server.letters) == 1


@pytest.mark.parametrize(
    ("refuses", "reason"),
    [
        ({"RCPT": "550 no such user"}, "the mail server refused the address"),
        ({"DATA": "554 too late"}, "the mail server did not take it"),
    ],
)
async def test_what_the_server_refuses_is_told_without_the_address(
    refuses: dict[str, str], reason: str
) -> None:
    with mailbox() as server:
        server.refuses = refuses
        with pytest.raises(MailFailed, match=reason) as failed:
            await send(server.settings())
    assert "owner" not in str(failed.value)


async def test_a_server_that_is_away_is_told() -> None:
    with mailbox() as server:
        settings = server.settings()
    with pytest.raises(MailFailed, match="could not be reached"):
        await send(settings)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "owner",
        "owner@example.com\nBcc: all@example.com",
        "owner@example.com\r\nSubject: x",
        "a@example.com, b@example.com",
        "Owner <owner@example.com>",
        "owner@example.com\0",
        "owner@-example.com",
        f"{'x' * 250}@example.com",
    ],
)
def test_what_could_say_more_than_one_address_is_none(text: str) -> None:
    assert address_of(" o'wner+x@mail.example.com ") == "o'wner+x@mail.example.com"
    with pytest.raises(ValueError, match="an address such as"):
        address_of(text)


def test_a_mail_server_needs_a_sender() -> None:
    assert not Mail(Settings()).is_set_up
    for sender in ("", "nobody", "a@example.com\nBcc: b@example.com"):
        with pytest.raises(ValidationError, match="an address such as"):
            Settings(smtp_host="127.0.0.1", public_url=PUBLIC_URL, mail_from=sender)


def test_the_password_is_never_shown() -> None:
    settings = Settings(smtp_user=USER, smtp_password=PASSWORD)
    assert PASSWORD not in f"{settings!r} {settings} {settings.model_dump()}"


def test_a_mail_server_needs_a_public_url() -> None:
    settings: dict[str, Any] = {"smtp_host": "127.0.0.1", "mail_from": SENDER}
    with pytest.raises(ValidationError, match="smtp_host requires public_url"):
        Settings(**settings)
    assert Settings(**settings, public_url=PUBLIC_URL).smtp_host

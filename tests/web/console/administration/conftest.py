"""Administrators, with a mail server or without."""

import re
from collections.abc import Iterator
from email.message import EmailMessage

import httpx
import pytest

from tests.mailbox import PUBLIC_URL, Mailbox, mailbox
from tests.web.console.conftest import Visit, Visitor

_SECRET = re.compile(r'<code class="secret">([^<]+)</code>')


@pytest.fixture
async def admin(visit: Visit) -> Visitor:
    return await visit("admin")


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that the application sends its letters to; ask for it before a visitor."""
    with mailbox() as server:
        _set(monkeypatch, server)
        yield server


@pytest.fixture
def closed_post_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server that the application knows, and that is away."""
    with mailbox() as server:
        _set(monkeypatch, server)


def _set(monkeypatch: pytest.MonkeyPatch, server: Mailbox) -> None:
    for name, value in server.settings().items():
        monkeypatch.setenv(f"SMSLEDGER_{name.upper()}", str(value))


def secret_on(answer: httpx.Response) -> str:
    """The secret that a page shows, and no cache may keep."""
    assert answer.headers["cache-control"] == "no-store"
    [secret] = _SECRET.findall(answer.text)
    return str(secret)


def link_in(letter: EmailMessage) -> str:
    """The path of the link in an invitation."""
    [link] = re.findall(rf"{PUBLIC_URL}(/reveal/\S+)", letter.get_content())
    return str(link)


def next_url(answer: httpx.Response) -> httpx.URL:
    """Where a redirect leads to."""
    assert answer.next_request is not None
    return answer.next_request.url


def done_at(answer: httpx.Response) -> str:
    """Where a form that was done leads to, without the proof that we lead there."""
    assert answer.status_code == 303
    address, _, proof = answer.headers["location"].partition("&proof=")
    assert len(proof) == 64
    return address

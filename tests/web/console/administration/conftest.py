"""Administrators, with a mail server or without."""

import re
from collections.abc import Iterator

import pytest

from tests.mailbox import PUBLIC_URL, Mailbox, mailbox

_SECRET = re.compile(r'<code class="secret">([^<]+)</code>')


@pytest.fixture
async def admin(visit):
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


def secret_on(answer) -> str:
    """The secret that a page shows, and no cache may keep."""
    assert answer.headers["cache-control"] == "no-store"
    [secret] = _SECRET.findall(answer.text)
    return secret


def link_in(letter) -> str:
    """The path of the link in an invitation."""
    [link] = re.findall(rf"{PUBLIC_URL}(/reveal/\S+)", letter.get_content())
    return link


def done_at(answer) -> str:
    """Where a form that was done leads to, without the proof that we lead there."""
    assert answer.status_code == 303
    address, _, proof = answer.headers["location"].partition("&proof=")
    assert len(proof) == 64
    return address

"""Visitors: clients of the application that are signed in, as a browser is."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger.model import Credential, Scope
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.app import create_app

SECRET = "a visitor's secret"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Visitor(httpx.AsyncClient):
    """A browser without scripts: cookies, pages and forms."""

    async def sign_in(self, username: str, secret: str = SECRET, **fields: str) -> httpx.Response:
        return await self.submit("/sign-in", username=username, secret=secret, **fields)

    async def submit(self, path: str, *, on: str = "", **fields: object) -> httpx.Response:
        """Send a form of the page `on` (else the one at its own address) with its CSRF field."""
        page = await self.get(on or ("/sign-in" if path == "/sign-in" else "/programs"))
        return await self.post(path, data={"csrf": csrf_of(page), **fields})


def csrf_of(page: httpx.Response) -> str:
    """The token in the forms of a page."""
    found = _CSRF.search(page.text)
    assert found, page.text
    return found[1]


@pytest.fixture
async def browser(store: Store, store_url: str) -> AsyncIterator[Visitor]:
    """Nobody yet, at the application on the store."""
    app = create_app(Settings(store=store_url))
    async with app.running():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"accept": "text/html"}
        async with Visitor(
            transport=transport, base_url="http://ledger.test", headers=headers
        ) as visitor:
            yield visitor


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(browser: Visitor, store: Store) -> Visit:
    """Signs in with a new credential of some scopes, limited to programs if any are named."""

    async def signed_in(
        *scopes: str, programs: tuple[int, ...] = (), username: str = "visitor"
    ) -> Visitor:
        credential = Credential(
            username=username,
            scopes=frozenset(map(Scope, scopes)),
            programs=frozenset(programs),
        )
        await store.create_credential(credential, digest_of(SECRET))
        answer = await browser.sign_in(username)
        assert answer.status_code == 303, answer.text
        return browser

    return signed_in

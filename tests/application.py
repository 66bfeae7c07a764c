"""The application in the test's own process: the real one, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger.model import Credential, Scope
from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.app import create_app
from tests.making import PROGRAM

SECRET = "a secret of the tests"
PAGES = f"/api/messages/program/{PROGRAM}"
EXPORT = f"{PAGES}/export"
CHANGES = f"{PAGES}/changes"
COUNTS = f"{PAGES}/counts"
RECEIPTS = f"{PAGES}/receipts"


@asynccontextmanager
async def application(
    store: Store, store_url: str, user: str = "tester", **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application under the settings, with a credential for everything."""
    everything = Credential(username=user, scopes=frozenset({Scope.ADMIN}))
    await store.create_credential(everything, digest_of(SECRET))
    app = create_app(Settings(store=store_url, **settings))
    async with app.running():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport, base_url="http://ledger.test", auth=(user, SECRET)
        )
        async with client:
            yield client


async def walk(client: httpx.AsyncClient, **parameters: Any) -> list[dict[str, Any]]:
    """All messages of a walk, page after page."""
    answer = (await client.get(PAGES, params=parameters)).raise_for_status().json()
    messages: list[dict[str, Any]] = answer["data"]["messages"]
    while url := answer["meta"]["nextPageUrl"]:
        answer = (await client.get(url)).raise_for_status().json()
        messages += answer["data"]["messages"]
    return messages

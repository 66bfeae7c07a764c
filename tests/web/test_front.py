"""The headers that decide what a request means are sent once, at every address."""

import httpx
import pytest
from starlette.routing import Route

from smsledger.settings import Settings
from smsledger.store.store import Store
from smsledger.web.app import create_app
from tests.web.test_errors import assert_envelope

HOST, JSON = ("Host", "ledger.test"), ("Content-Type", "application/json")
NOBODY = ("Authorization", "Basic bm9ib2R5OnNlY3JldA==")


def asked(method: str, path: str, *headers: tuple[str, str]) -> httpx.Request:
    """A request with exactly these headers, in their order."""
    request = httpx.Request(method, f"http://ledger.test{path}")
    request.headers = httpx.Headers([(name.encode(), value.encode()) for name, value in headers])
    return request


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("again", [HOST, ("hOST", ""), NOBODY, JSON, ("content-type", "")])
async def test_a_header_sent_twice_is_refused_at_every_address(
    store: Store, store_url: str, again: tuple[str, str]
) -> None:
    app = create_app(Settings(store=store_url))
    async with app.running(), httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        for route in app._router.routes:
            assert isinstance(route, Route)
            for method in ("GET", "POST"):
                request = asked(method, route.path, HOST, NOBODY, JSON, again)
                assert_envelope(await client.send(request), 400, "repeated_header")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("headers", [[], [("Host", "")]])
async def test_a_request_without_a_host_is_refused(
    api: httpx.AsyncClient, headers: list[tuple[str, str]]
) -> None:
    assert_envelope(await api.send(asked("GET", "/healthz", *headers)), 400, "missing_header")

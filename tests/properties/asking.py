"""Requests as bytes, past every client that would tidy them."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote

import httpx


async def ask(api: httpx.AsyncClient, path: str, query: bytes = b"", **headers: str) -> Any:
    """The answer of the application behind `api` to GET with exactly this query string."""
    assert api.auth is not None
    assert isinstance(api._transport, httpx.ASGITransport)
    request = next(api.auth.sync_auth_flow(api.build_request("GET", "/", headers=headers)))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": ("ledger.test", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: MutableMapping[str, Any]) -> None:
        sent.append(event)

    await api._transport.app(scope, receive, send)
    content = b"".join(event.get("body", b"") for event in sent[1:])
    return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)


def problems_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The entries of an error's envelope, which must be one."""
    envelope = answer.json()
    assert list(envelope) == ["data", "meta"]
    assert envelope["data"] is None
    assert list(envelope["meta"]) == ["generalErrors", "nextPageUrl"]
    problems: list[dict[str, Any]] = envelope["meta"]["generalErrors"]
    assert problems
    assert all(problem["code"] and problem["message"] for problem in problems)
    return problems

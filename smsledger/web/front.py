"""What every request goes through: its id, its headers, its route, its errors, its figures."""

import os
import re
import time
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.routing import Router

from smsledger import events
from smsledger.errors import InternalError, InvalidRequest, LedgerError, Problem, Unavailable
from smsledger.web import metrics
from smsledger.web.auth import LastUses
from smsledger.web.call import Answer, Call, Receive, Scope, Send, error_answer
from smsledger.web.console.error_pages import ErrorPages, wants_page
from smsledger.web.drain import Drain

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# Callers may invent methods; labels and logs take these only.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
_ALWAYS_ANSWERED = {"/healthz", "/readyz"}
# If such a header is repeated, a proxy may check the first value and this server use the last. RFC
# 9112 (3.2) requires 400 for Host. The other two are as dangerous.
_SINGLE = {b"host": "Host", b"authorization": "Authorization", b"content-type": "Content-Type"}


class Front:
    """The outermost application: every answer, an error's too, leaves through here."""

    def __init__(self, router: Router, drain: Drain, uses: LastUses) -> None:
        self._router = router
        self._drain = drain
        self._uses = uses
        self.error_pages: ErrorPages | None = None  # once there is a store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        began = time.perf_counter()
        scope["request_id"] = _request_id(scope)
        try:
            await self._route(scope, receive, send)
        except LedgerError as error:
            _log_unavailable(scope, error)
            await self._send_error(Call(scope, receive), error, send)
        except Exception as error:  # noqa: BLE001 (the last resort: an id out, the rest to the log)
            failure = _failure(scope, error)
            await self._send_error(Call(scope, receive), failure, send)
        self._uses.note(scope)
        _measure(scope, time.perf_counter() - began)

    def running(self) -> AbstractAsyncContextManager[Any]:
        """The lifespan, for whoever runs the application without a server."""
        return self._router.lifespan_context(self)

    async def _send_error(self, call: Call, error: LedgerError, send: Send) -> None:
        """A page for a browser, an envelope for everybody else."""
        page = self._page(call, error) if wants_page(call) else None
        await (page or error_answer(error)).send(call, send)

    def _page(self, call: Call, error: LedgerError) -> Answer | None:
        """The page of an error; None where there cannot be one, so that its envelope is shown."""
        if self.error_pages is None:
            return None
        try:
            return self.error_pages.answer(call, error)
        except Exception as failure:  # noqa: BLE001 (behind the last resort there is no other)
            _failure(call.scope, failure)
            return None

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        check_headers(scope)
        if self._drain.begun and scope["path"] not in _ALWAYS_ANSWERED:
            raise Unavailable.draining()
        await self._router(scope, receive, send)


def check_headers(scope: Scope) -> None:
    """Check that a request repeats none of these headers and has a Host.

    The HTTP server adds an empty Host where there is none, so an empty one counts as absent.
    HTTP/1.0 does not require Host.

    Raises:
        InvalidRequest: one problem for each header that is wrong.
    """
    found = [(name, value) for name, value in scope["headers"] if name in _SINGLE]
    single = dict(found)
    if len(found) > len(single):
        names = [name for name, _ in found]
        repeated = [header for name, header in _SINGLE.items() if names.count(name) > 1]
        raise InvalidRequest(*map(_repeated, repeated))
    if not single.get(b"host") and scope["http_version"] == "1.1":
        raise InvalidRequest(_missing("Host"))


def _request_id(scope: Scope) -> bytes:
    """The caller's X-Request-Id where it has a plain one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return os.urandom(8).hex().encode()


def _route_of(scope: Scope) -> str:
    """The pattern of the address, never the address: it may hold a program's id."""
    return str(scope.get("route_path", "unknown"))


def _failure(scope: Scope, error: Exception) -> InternalError:
    error_id = os.urandom(6).hex()
    events.request_failed(error_id, _route_of(scope), scope["request_id"].decode(), error)
    return InternalError(error_id)


def _log_unavailable(scope: Scope, error: LedgerError) -> None:
    if isinstance(error, Unavailable) and error.__cause__ is not None:
        events.store_unavailable(_route_of(scope), error.__cause__)


def _measure(scope: Scope, seconds: float) -> None:
    route, status = _route_of(scope), scope.get("status", 0)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    metrics.requests(method, route, status).inc()
    metrics.latency(route).observe(seconds)
    if status >= 400:
        request_id = scope["request_id"].decode()
        events.request(method, route, status, seconds * 1000, request_id)


def _missing(header: str) -> Problem:
    text = f"The request has no {header} header, or an empty one."
    return Problem("missing_header", text, hint=f"Send a {header} header.")


def _repeated(header: str) -> Problem:
    text = f"The request has more than one {header} header."
    return Problem("repeated_header", text, hint="Send it once.")

"""HTTP requests and responses as the handlers see them, and the server's own address.

Plain ASGI with as little between as possible: a framework's request and response objects cost as
much as a small page.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol

import msgspec
from isal import igzip

from smsledger.errors import (
    BodyTooLarge,
    InvalidRequest,
    LedgerError,
    MethodNotAllowed,
    Problem,
    UnsupportedMediaType,
)
from smsledger.ledger.line_ends import escape_line_ends
from smsledger.settings import Settings, parse_networks
from smsledger.web.client_address import parse_address

MIB = 1024 * 1024
MAX_BODY = 8 * MIB
JSON = b"application/json"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Below this a gzip stream is hardly smaller than what is in it.
_WORTH_COMPRESSING = 1024
# A quarter of the size at a fifteenth of the cost of zlib's level 6.
_GZIP_LEVEL = 1


class Answer(msgspec.Struct, kw_only=True):
    """What goes back. Headers are lower-case names with values; data is not to be cached."""

    status: int = 200
    body: bytes = b""
    content_type: bytes = JSON
    cache_control: bytes = b"no-store"
    headers: list[tuple[bytes, bytes]] = []

    async def send(self, call: "Call", send: Send) -> None:
        """Send it, compressed where that is accepted and worth it."""
        headers = [
            (b"content-type", self.content_type),
            (b"cache-control", self.cache_control),
            (b"x-request-id", call.scope["request_id"]),
            *self.headers,
        ]
        body = self.body
        if len(body) >= _WORTH_COMPRESSING:
            headers.append((b"vary", b"accept-encoding"))
            if call.accepts_gzip:
                body = igzip.compress(body, _GZIP_LEVEL)
                headers.append((b"content-encoding", b"gzip"))
        # With 304 it would be taken for the length of what is kept; 204 has no body to measure.
        if self.status not in {204, 304}:
            headers.append((b"content-length", b"%d" % len(body)))
        call.scope["status"] = self.status
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if call.is_head else body})


class Call:
    """A request: its scope, its headers by lower-case name, and its body when asked for."""

    __slots__ = ("headers", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.receive = receive

    @property
    def path_program(self) -> str:
        """The program id of the path, as text."""
        return str(self.scope["path_params"]["programId"])

    @property
    def is_head(self) -> bool:
        """Whether the headers are all that is wanted."""
        return bool(self.scope["method"] == "HEAD")

    @property
    def accepts_gzip(self) -> bool:
        """Whether gzip, or else any coding, is accepted with a quality above 0."""
        qualities = {}
        for item in self.headers.get(b"accept-encoding", b"").lower().split(b","):
            coding, _, quality = item.partition(b";")
            qualities[coding.strip()] = quality.strip().removeprefix(b"q=") or b"1"
        return qualities.get(b"gzip", qualities.get(b"*", b"0")).strip(b"0.") != b""

    async def body(self, limit: int = MAX_BODY) -> bytes:
        """The whole body.

        Raises:
            BodyTooLarge: by its Content-Length, before any of it is read, or by itself.
            InvalidRequest: the body is incomplete, because the client disconnected.
        """
        announced = self.headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:20]) > limit:
            raise BodyTooLarge(limit)
        chunks: list[bytes] = []
        size, more = 0, True
        while more:
            event = await self.receive()
            if event["type"] == "http.disconnect":
                raise InvalidRequest(Problem("invalid_body", "The body ended half way."))
            chunks.append(event.get("body", b""))
            size += len(chunks[-1])
            more = event.get("more_body", False)
            if size > limit:
                raise BodyTooLarge(limit)
        return b"".join(chunks)

    def require_media_type(self, *accepted: bytes) -> None:
        """Refuse a body with another Content-Type; a body without Content-Type is parsed."""
        given = self.headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        encoded = self.headers.get(b"content-encoding", b"identity").lower() != b"identity"
        if encoded or (given and given not in accepted):
            raise UnsupportedMediaType(b", ".join(accepted).decode() + ", without encoding")


_HOST = re.compile(r"[A-Za-z0-9._~-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


class Origin:
    """Scheme, host and path prefix of a call.

    In this order: the setting `public_url`; X-Forwarded-Proto, -Host and -Prefix from a proxy
    listed in `trusted_proxies`; the Host that was asked for. What no host can look like is never
    repeated into a URL.
    """

    def __init__(self, settings: Settings) -> None:
        self._public = str(settings.public_url).rstrip("/") if settings.public_url else None
        self._trusted = parse_networks(settings.trusted_proxies)

    def of(self, call: Call) -> str:
        """The beginning of an absolute URL for the caller, without a slash at its end."""
        if self._public:
            return self._public
        scheme = call.scope["scheme"]
        host = call.headers.get(b"host", b"").decode("latin-1")
        prefix = ""
        if self._trusted and self._is_trusted(call):
            scheme = _scheme(_first(call, b"x-forwarded-proto")) or scheme
            host = _first(call, b"x-forwarded-host") or host
            host += _port(_first(call, b"x-forwarded-port"), scheme, host)
            prefix = _first(call, b"x-forwarded-prefix").rstrip("/")
        if not _HOST.fullmatch(host):
            host = _own_host(call)
        return f"{scheme}://{host}{prefix if _PREFIX.fullmatch(prefix) else ''}"

    def client_of(self, call: Call) -> str:
        """The address that a call comes from: behind trusted proxies, the last that is none."""
        client = call.scope.get("client")
        address = str(client[0]) if client else ""
        hops = call.headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        while self._trusts(address) and hops and hops[-1].strip():
            address = hops.pop().strip()
        return address

    def _is_trusted(self, call: Call) -> bool:
        client = call.scope.get("client")
        return self._trusts(client[0] if client else "")

    def _trusts(self, address: str) -> bool:
        peer = parse_address(address)
        return peer is not None and any(peer in network for network in self._trusted)


class Sendable(Protocol):
    """What a handler returns: an `Answer`, or a `Stream`."""

    async def send(self, call: Call, send: Send) -> None:
        """Send it."""


Handler = Callable[[Call], Awaitable[Sendable]]


class Resource:
    """The handlers of one address, by method.

    HEAD is GET without its body, except where a GET writes: some gateways can do no better.
    """

    def __init__(self, path: str, *, get_writes: bool = False, **handlers: Handler) -> None:
        self.path = path
        self._handlers = handlers
        if "GET" in handlers and not get_writes:
            self._handlers["HEAD"] = handlers["GET"]
        self.methods = sorted(self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["route_path"] = self.path
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise MethodNotAllowed(", ".join(self.methods))
        call = Call(scope, receive)
        answer = await handler(call)
        await answer.send(call, send)


def data_envelope(data: object) -> bytes:
    """An answer's JSON: `data`, and a `meta` without errors or a next page."""
    meta: dict[str, object] = {"generalErrors": [], "nextPageUrl": None}
    return escape_line_ends(msgspec.json.encode({"data": data, "meta": meta}))


def error_answer(error: LedgerError) -> Answer:
    """The envelope of an error."""
    meta = {"generalErrors": error.problems, "nextPageUrl": None}
    body = escape_line_ends(msgspec.json.encode({"data": None, "meta": meta}))
    return Answer(status=error.status, body=body, headers=list(error.headers))


def _first(call: Call, header: bytes) -> str:
    """The first value of a header: proxies add theirs behind it."""
    return call.headers.get(header, b"").decode("latin-1").split(",")[0].strip()


def _port(text: str, scheme: str, host: str) -> str:
    """The port to add to a host, where a proxy names one that neither host nor scheme implies."""
    implied = {"http": "80", "https": "443"}[scheme]
    has_port = host.rpartition("]")[2].count(":") > 0
    return "" if has_port or text in {"", implied} else f":{text}"


def _scheme(text: str) -> str | None:
    return text.lower() if text.lower() in {"http", "https"} else None


def _own_host(call: Call) -> str:
    host, port = call.scope["server"]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

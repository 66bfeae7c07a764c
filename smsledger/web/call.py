"""One HTTP request as our handlers see it, and the answer they give.

Plain ASGI with as little between as possible: a framework's request and response objects cost as
much as a small page.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

from smsledger.errors import (
    BodyTooLarge,
    InvalidRequest,
    LedgerError,
    Problem,
    UnsupportedMediaType,
)
from smsledger.ledger.line_ends import escape_line_ends

MIB = 1024 * 1024
MAX_BODY = 8 * MIB
JSON = b"application/json"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Answer(msgspec.Struct, kw_only=True):
    """What goes back. Headers are lower-case names with values; data is not to be cached."""

    status: int = 200
    body: bytes = b""
    content_type: bytes = JSON
    cache_control: bytes = b"no-store"
    headers: list[tuple[bytes, bytes]] = []


class Call:
    """A request: its scope, its headers by lower-case name, and its body when asked for."""

    __slots__ = ("_receive", "headers", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self._receive = receive

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
            event = await self._receive()
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


def data_envelope(data: object) -> bytes:
    """An answer's JSON: `data`, and a `meta` without errors or a next page."""
    meta: dict[str, object] = {"generalErrors": [], "nextPageUrl": None}
    return escape_line_ends(msgspec.json.encode({"data": data, "meta": meta}))


def error_answer(error: LedgerError) -> Answer:
    """The envelope of an error."""
    meta = {"generalErrors": error.problems, "nextPageUrl": None}
    body = escape_line_ends(msgspec.json.encode({"data": None, "meta": meta}))
    return Answer(status=error.status, body=body, headers=list(error.headers))

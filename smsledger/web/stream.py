"""An answer that comes in pieces, each made when the one before has left.

It ends normally only when it is complete. If it breaks off, so does the connection: the server
breaks the chunked body when the application returns before its end, and no error text can be
taken for data.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable

import msgspec
from isal import isal_zlib

from smsledger import events
from smsledger.web.call import Call, Receive, Send

_GZIP_LEVEL = 1
_GZIP = 31  # zlib's name for the container


class Stream(msgspec.Struct, kw_only=True):
    """What goes back in pieces. `pieces` is not begun for a HEAD, and closed in any case."""

    pieces: AsyncGenerator[bytes, None]
    content_type: bytes
    headers: list[tuple[bytes, bytes]] = []
    compressible: bool = True
    sent: Callable[[], int] = int

    async def send(self, call: Call, send: Send) -> None:
        """Send it, compressed where that is accepted, for as long as the caller is there."""
        headers = [
            (b"content-type", self.content_type),
            (b"cache-control", b"no-store"),
            (b"x-request-id", call.scope["request_id"]),
            *self.headers,
        ]
        compressed = self.compressible and call.accepts_gzip
        headers.append((b"vary", b"accept, accept-encoding"))
        if compressed:
            headers.append((b"content-encoding", b"gzip"))
        call.scope["status"] = 200
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        pieces = _gzipped(self.pieces) if compressed else self.pieces
        try:
            if call.is_head or await _send_all(pieces, call.receive, send):
                await send({"type": "http.response.body", "body": b""})
        except Exception as error:  # noqa: BLE001 (the caller is told by a broken connection only)
            route = str(call.scope.get("route_path"))
            events.export_aborted(route, call.scope["request_id"].decode(), self.sent(), error)
        finally:
            await pieces.aclose()
            await self.pieces.aclose()


async def _send_all(pieces: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> bool:
    """Whether all was sent; a caller who has gone is not sent the rest.

    The server does not say that to who sends: it takes every piece, and drops it.
    """
    gone = asyncio.create_task(_gone(receive))
    try:
        async for piece in pieces:
            if gone.done():
                return False
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
    return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _gzipped(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    compressor = isal_zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)
    async for piece in pieces:
        if squeezed := await asyncio.to_thread(compressor.compress, piece):
            yield squeezed
    yield compressor.flush()

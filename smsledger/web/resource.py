"""An address and the methods it answers: the ASGI application behind a route."""

from collections.abc import Awaitable, Callable

from isal import igzip

from smsledger.errors import MethodNotAllowed
from smsledger.web.call import Answer, Call, Receive, Scope, Send
from smsledger.web.stream import Stream, send_stream

Handler = Callable[[Call], Awaitable[Answer | Stream]]
# Below this a gzip stream is hardly smaller than what is in it.
_WORTH_COMPRESSING = 1024
# A quarter of the size at a fifteenth of the cost of zlib's level 6.
_GZIP_LEVEL = 1


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
        if isinstance(answer, Stream):
            await send_stream(call, answer, receive, send)
        else:
            await send_answer(call, answer, send)


async def send_answer(call: Call, answer: Answer, send: Send) -> None:
    """Send an answer, compressed where that is accepted and worth it."""
    headers = [
        (b"content-type", answer.content_type),
        (b"cache-control", answer.cache_control),
        (b"x-request-id", call.scope["request_id"]),
        *answer.headers,
    ]
    body = answer.body
    if len(body) >= _WORTH_COMPRESSING:
        headers.append((b"vary", b"accept-encoding"))
        if call.accepts_gzip:
            body = igzip.compress(body, _GZIP_LEVEL)
            headers.append((b"content-encoding", b"gzip"))
    # With 304 it would be taken for the length of what is kept; 204 has no body to measure.
    if answer.status not in {204, 304}:
        headers.append((b"content-length", b"%d" % len(body)))
    call.scope["status"] = answer.status
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if call.is_head else body})

"""A server on loopback that plays the original Export Messages API, and misbehaves when told to.

Faithful to the two pages that describe it: pages are counted, `meta` comes first, dates have a
fraction, `number` is numeric, and nextPageUrl is `…/121811?page=2`: every filter is lost in it.
"""

import json
import threading
import time
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import SplitResult, parse_qs, urlsplit

PATH = "/api/messages/program/121811"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server sends; with `breaks_off` half of the body, of which it announced all.

    `sent` is how many bytes of the body come instead of half.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    breaks_off: bool = False
    sent: int | None = None


def make_message(serial: int = 1, **what_matters: Any) -> dict[str, Any]:
    return {
        "type": "MO",
        "deliveryStatus": "Received",
        "number": 15556660000 + serial,
        "body": f"JOIN {serial}",
        "date": f"2014-12-05T10:{serial // 60 % 60:02}:{serial % 60:02}.00",
        "network": "T-Mobile",
    } | what_matters


def make_page(*messages: dict[str, Any], next_page_url: str | None = None) -> dict[str, Any]:
    return {
        "meta": {"generalErrors": [], "nextPageUrl": next_page_url},
        "data": {
            "campaignName": "Default Campaign",
            "programName": "Summer Sale",
            "programType": "Text to Join",
            "messages": messages,
        },
    }


def make_error(status: int, code: str, message: str = "No.", **more: Any) -> Reply:
    error = {"code": code, "message": message} | more
    body = {"data": None, "meta": {"generalErrors": [error], "nextPageUrl": None}}
    return Reply(status=status, body=json.dumps(body).encode())


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a killed client is not news."""


class Original:
    """The server. What it was asked, and with which credentials, can be read afterwards.

    `replies` are given first, one each, in place of the ordinary answers (None: the ordinary
    one); `next_page_url` makes the nextPageUrl out of a page's number.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.replies: deque[Reply | None] = deque()
        self.asked: list[str] = []
        self.credentials: list[str | None] = []
        self.delay = 0.0
        self.prefix = ""
        self.next_page_url: Callable[[int], str] = lambda page: f"{self.url}{PATH}?page={page}"
        self._http = _Http(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def pages_asked(self) -> list[int]:
        return [int(parse_qs(urlsplit(url).query).get("page", ["1"])[0]) for url in self.asked]

    def reply(self, target: str) -> Reply:
        time.sleep(self.delay)
        planned = self.replies.popleft() if self.replies else None
        return planned or self._page(urlsplit(target))

    def _page(self, url: SplitResult) -> Reply:
        if url.path != self.prefix + PATH:
            return make_error(404, "not_found")
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        size, page = int(asked.get("pageSize", 50)), int(asked.get("page", 1))
        found = [message for message in self.messages if _matches(message, asked)]
        following = self.next_page_url(page + 1) if len(found) > page * size else None
        shown = found[(page - 1) * size : page * size]
        return Reply(body=json.dumps(make_page(*shown, next_page_url=following)).encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        original = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                original.asked.append(self.path)
                basic = self.headers.get("Authorization")
                original.credentials.append(basic and b64decode(basic.split()[1]).decode())
                _send(self, original.reply(self.path))

            def log_message(self, *_: object) -> None: ...

        return Handler


def _matches(message: dict[str, Any], asked: dict[str, str]) -> bool:
    return bool(
        asked.get("messageType", message["type"]) == message["type"]
        and asked.get("startDate", "") <= message["date"]
        and message["date"][:19] <= asked.get("endDate", "9999")
    )


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    half = len(reply.body) // 2 if reply.sent is None else reply.sent
    handler.wfile.write(reply.body[:half] if reply.breaks_off else reply.body)
    handler.close_connection = reply.breaks_off

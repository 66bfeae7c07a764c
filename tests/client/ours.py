"""The original's double with our whole exports, which break off where a test wants it.

The real server breaks off too, when it is killed, but never at a byte of the test's choice.
"""

import gzip
import hashlib
import json
from typing import Any
from urllib.parse import SplitResult, parse_qs

from .original import PATH, Original, Reply, make_error

EVERY = 4  # messages from checkpoint to checkpoint
TOKEN = "a-token"


class Ours(Original):
    """`cuts` are, one for each answer, how many bytes of the body come: None for all of them.

    With `nicely` a body that is cut ends as if it were whole, which some proxies do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cuts: list[int | None] = []
        self.nicely = False
        self.compressed = False
        self.resumed: list[int] = []

    def _page(self, url: SplitResult) -> Reply:
        if url.path != f"{self.prefix}{PATH}/export":
            return super()._page(url)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if unknown := set(asked) - KNOWN:
            return make_error(400, "unknown_parameter", parameter=min(unknown))
        begin = int(asked.get("resume", "c-0").removeprefix("c-"))
        self.resumed.append(begin)
        return self._cut(whole_export(self.messages, begin))

    def _cut(self, body: bytes) -> Reply:
        headers = {"Content-Type": "application/x-ndjson"}
        if self.compressed:
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        cut = self.cuts.pop(0) if self.cuts else None
        if cut is None or cut >= len(body):
            return Reply(headers=headers, body=body)
        if self.nicely:
            return Reply(headers=headers, body=body[:cut])
        return Reply(headers=headers, body=body, breaks_off=True, sent=cut)


KNOWN = {"startDate", "endDate", "messageType", "include", "format", "manifest", "checkpoints"} | {
    "resume"
}


def whole_export(messages: list[dict[str, Any]], begin: int = 0) -> bytes:
    """The stream's bytes from the message after the `begin`-th on."""
    body = b""
    for count, message in enumerate(messages[begin:], 1):
        body += line(message | {"number": str(message["number"])})
        if count % EVERY == 0 and begin + count < len(messages):
            body += meta(body, count, resume=f"c-{begin + count}")
    return body + meta(body, len(messages) - begin, complete=True, changes=TOKEN)


def meta(before: bytes, messages: int, **more: Any) -> bytes:
    digest = hashlib.sha256(before).hexdigest()
    return line({"meta": {"messages": messages, "sha256": digest} | more})


def line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

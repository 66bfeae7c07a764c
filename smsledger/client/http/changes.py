"""The change feed over a wire: what was added, changed or erased since a token.

with Wire(request.base, user, secret) as wire:
    for page in pages(wire, request, after=token):
        for entry in page.entries:
            ...
        token = page.next_token

The feed is at-least-once: keep `next_token` with what the page did, and put entries by their id.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec

from smsledger.client.errors import FeedLost, NoFeed, NotAPage, Refused
from smsledger.client.http import answer
from smsledger.client.http.answer import Message
from smsledger.client.http.request import encode
from smsledger.client.http.wire import Wire

MAX_LIMIT = 10_000
MAX_WAIT = 60  # seconds
_FEED_LOST = {"invalid_token", "token_expired", "ledger_restored"}
_NOT_THERE = {"400", "404", "405", "501"}  # what servers say of a path that they do not know
_ANEW = "what followed the feed has to be filled anew: run again with --restart"


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose changes: `base` as in ExportRequest; `include` also knows `history`."""

    base: str
    program_id: int
    include: tuple[str, ...] = ()
    limit: int = 500

    def url(self, after: str | None, wait: int = 0) -> str:
        """The URL of the page after a token, or of the first one; `wait` in seconds."""
        asked = [("limit", str(self.limit))]
        asked += [("after", after)] if after is not None else []
        asked += [("wait", str(wait))] if wait else []
        asked += [("include", ",".join(self.include))] if self.include else []
        path = f"{self.base}/api/messages/program/{self.program_id}/changes"
        return str(httpx.URL(f"{path}?{encode(asked)}"))


class ChangePage(msgspec.Struct, frozen=True):
    """Entries in the order of `change`, and the token from which it goes on.

    An entry has `id`, `change` and the message's fields, in its latest state; one with `erased`
    true has no fields. `caught_up` says that there is nothing more yet.
    """

    entries: tuple[Message, ...]
    next_token: str
    caught_up: bool
    problems: tuple[str, ...] = ()

    @property
    def messages(self) -> list[Message]:
        """The entries that are messages."""
        return [entry for entry in self.entries if not entry.get("erased")]

    @property
    def erased(self) -> list[str]:
        """The ids of the messages that were erased."""
        return [entry["id"] for entry in self.entries if entry.get("erased")]


class _Meta(msgspec.Struct):
    nextToken: str  # noqa: N815 (the wire's name)
    generalErrors: list[Any] | None = None  # noqa: N815 (the wire's name)
    nextPageUrl: str | None = None  # noqa: N815 (the wire's name)


class _Data(msgspec.Struct):
    messages: list[Message]


class _Envelope(msgspec.Struct):
    meta: _Meta
    data: _Data


_decode = msgspec.json.Decoder(_Envelope).decode


def page(wire: Wire, request: ChangeRequest, after: str | None = None, wait: int = 0) -> ChangePage:
    """The changes after a token, at most `request.limit` of them; without one from the beginning.

    If there are none, it is empty, and comes after `wait` seconds at the latest.

    Raises:
        FeedLost: nothing can be followed from this token any more.
        NoFeed: the server has no change feed.
        ExportError: as `Wire.page`.
    """
    try:
        present = wire.read(request.url(after, wait), _read, wait=wait)
    except Refused as refused:
        raise _translated(refused) from refused
    if present.problems:
        raise Refused("200 OK", present.problems)
    return present


def pages(
    wire: Wire, request: ChangeRequest, after: str | None = None, wait: int = 0
) -> Iterator[ChangePage]:
    """The pages after a token, until caught up; with `wait` without end, some of them empty.

    Raises:
        ExportError: as `page`.
    """
    while True:
        present = page(wire, request, after, wait)
        yield present
        if present.caught_up and not wait:
            return
        after = present.next_token


def _read(body: bytes) -> ChangePage:
    """Return the page in the body of a 200.

    Raises:
        ValueError: the body is not JSON, or not all of it.
        NotAPage: it is JSON of another form.
    """
    try:
        envelope = _decode(body)
    except msgspec.ValidationError as error:
        raise NotAPage(f"the answer is not a page of changes: {error}") from error
    meta = envelope.meta
    return ChangePage(
        tuple(envelope.data.messages),
        meta.nextToken,
        not meta.nextPageUrl,
        tuple(map(answer.problem, meta.generalErrors or ())),
    )


def _translated(refused: Refused) -> Refused:
    status, problems, codes = refused.status, refused.problems, refused.codes
    if codes & _FEED_LOST:
        return FeedLost(status, problems, _ANEW, codes=codes)
    if status[:3] in _NOT_THERE and codes <= {"not_found"}:
        return NoFeed(status, problems, "it has no change feed", codes=codes)
    return refused

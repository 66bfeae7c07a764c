"""A walk: all pages of one export, one after the other.

with Wire(request.base, request.user, secret) as wire:
    for message in messages(wire, request):
        ...
"""

from collections.abc import Iterator

import msgspec

from smsledger.client.errors import NotAPage, PageLoop
from smsledger.client.http.answer import Message
from smsledger.client.http.request import ExportRequest
from smsledger.client.http.wire import Wire


class Page(msgspec.Struct, frozen=True):
    """Messages in the server's order, and the URL from which the walk goes on (None: it ends).

    `next_url` is complete: a later process can go on from it. `changes` is the token of the
    change feed that belongs to the walk, on its first page, if the server says it.
    """

    messages: tuple[Message, ...]
    next_url: str | None
    changes: str | None = None


def messages(wire: Wire, request: ExportRequest) -> Iterator[Message]:
    """Each message of a walk, from its first page to its last, with memory for one page.

    Raises:
        ExportError: as `pages`.
    """
    for page in pages(wire, request):
        yield from page.messages


def pages(wire: Wire, request: ExportRequest, url: str | None = None) -> Iterator[Page]:
    """The pages of a walk, from its first, or from the `next_url` of an earlier page.

    Raises:
        ExportError: a page cannot be had (see `Wire.page`), or leads in a circle.
    """
    circle = _Circle()
    following: str | None = url or request.first_url
    while following is not None:
        present = following
        circle.check(present)
        answer = wire.page(present)
        following = _following(request, present, answer.next_page_url)
        if following == present:
            raise PageLoop(f"the page names itself as the next one: {present}")
        yield Page(answer.messages, following, answer.changes)


def _following(request: ExportRequest, url: str, next_page_url: str | None) -> str | None:
    if next_page_url is None:
        return None
    try:
        return request.next_url(url, next_page_url)
    except ValueError as error:
        raise NotAPage(f"the answer's nextPageUrl is not a URL: {error}") from error


class _Circle:
    """Brent's algorithm: sees any circle by its third turn at the latest, and remembers one URL.

    A set of all URLs visited would see it sooner, but would grow with the export.
    """

    def __init__(self) -> None:
        self._mark = ""
        self._steps = 0
        self._reach = 1

    def check(self, url: str) -> None:
        if url == self._mark:
            raise PageLoop(f"the pages lead in a circle, back to {url}")
        self._steps += 1
        if self._steps == self._reach:
            self._mark, self._steps, self._reach = url, 0, 2 * self._reach

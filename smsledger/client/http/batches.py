"""A walk as proved batches: from a stream that is resumed when it breaks, or from pages."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing

import msgspec

from smsledger.client.errors import NoWholeExports
from smsledger.client.http import answer, stream, walk
from smsledger.client.http.request import ExportRequest
from smsledger.client.http.retry import Transient
from smsledger.client.http.wire import Wire


class Batch(msgspec.Struct, frozen=True):
    """Messages as lines of NDJSON: a page, or what a mark of the stream has proved.

    The walk continues at `next_url`, also in a later process; None: it ends. `changes` is the
    walk's token of the change feed, if the server has said it by now.
    """

    lines: bytes
    messages: int
    next_url: str | None
    changes: str | None = None


def batches(wire: Wire, request: ExportRequest) -> Iterator[Batch]:
    """Yield all messages of a walk, from a stream, or from pages if the server has no streams.

    Raises:
        ExportError: the walk cannot be continued. What has been yielded is right nonetheless.
    """
    with closing(streamed(wire, request)) as whole:
        try:
            first = next(whole)
        except NoWholeExports:
            yield from paged(wire, request)
            return
        yield first
        yield from whole


def paged(wire: Wire, request: ExportRequest, url: str | None = None) -> Iterator[Batch]:
    """Yield the pages of a walk, from its first, or from the `next_url` of an earlier page.

    Raises:
        ExportError: as `walk.pages`.
    """
    for page in walk.pages(wire, request, url):
        lines = b"".join(map(answer.ndjson_line, page.messages))
        yield Batch(lines, len(page.messages), page.next_url, page.changes)


def streamed(
    wire: Wire,
    request: ExportRequest,
    url: str | None = None,
    broken: Callable[[Transient], None] = lambda _: None,
) -> Generator[Batch, None, None]:
    """Yield what each mark of a stream proves, some 10,000 messages at most.

    The stream starts at the beginning of the walk, or at the `next_url` of an earlier batch. When
    it breaks, it is resumed behind the last batch. If it has brought any, that is told to `broken`
    and does not count as a failed try.

    Raises:
        NoWholeExports: the server has pages only.
        ExportError: the stream cannot be resumed.
    """
    following: str | None = url or request.export_url()
    with _Stream(wire, request, broken) as source:
        while following is not None:
            batch = source.next(following)
            yield batch
            following = batch.next_url


class _Stream(ExitStack):
    """The response that is being read; closing it ends the request."""

    def __init__(
        self, wire: Wire, request: ExportRequest, broken: Callable[[Transient], None]
    ) -> None:
        super().__init__()
        self._wire = wire
        self._request = request
        self._broken = broken
        self._pieces: Iterator[stream.Lines | stream.Mark] | None = None

    def next(self, url: str) -> Batch:
        """Return the next batch. If the stream breaks, or is not open, it starts at `url`."""
        if self._pieces is not None:
            try:
                return self._read(self._pieces)
            except Transient as error:
                self._broken(error)
        return self._wire.retrying(self._open, url)

    def _open(self, url: str) -> Batch:
        self.close()
        self._pieces = None
        pieces = stream.read(self.enter_context(self._wire.stream(url)))
        batch = self._read(pieces)
        self._pieces = pieces
        return batch

    def _read(self, pieces: Iterator[stream.Lines | stream.Mark]) -> Batch:
        lines, messages = bytearray(), 0
        for piece in pieces:
            if isinstance(piece, stream.Lines):
                lines += piece.data
                messages += piece.messages
            else:
                following = piece.resume and self._request.export_url(piece.resume)
                return Batch(bytes(lines), messages, following, piece.changes)
        raise AssertionError("a stream ends with a mark or a failure")

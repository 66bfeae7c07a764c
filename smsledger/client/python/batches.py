"""A walk as proved batches of lines, for who takes messages and cannot give them back."""

from collections.abc import Iterator
from contextlib import ExitStack

import msgspec

from smsledger.client.errors import NoWholeExports
from smsledger.client.file import files
from smsledger.client.http import stream, walk
from smsledger.client.http.request import ExportRequest
from smsledger.client.http.retry import Transient
from smsledger.client.http.wire import Wire


class Batch(msgspec.Struct, frozen=True):
    """Messages as lines of NDJSON; `changes` is the walk's token of the change feed, if known."""

    lines: bytes
    changes: str | None = None


def batches(wire: Wire, request: ExportRequest) -> Iterator[Batch]:
    """All messages of a walk, each once: from one stream, or from pages where there is none.

    A batch is what came between two marks of the stream, some 10,000 messages at most, or a page.

    Raises:
        ExportError: it cannot be gone on; what has been yielded is right nonetheless.
    """
    with _Segments(wire, request) as segments:
        try:
            first = segments.next()
        except NoWholeExports:
            yield from _pages(wire, request)
            return
        yield first
        while not segments.ended:
            yield segments.next()


def _pages(wire: Wire, request: ExportRequest) -> Iterator[Batch]:
    for page in walk.pages(wire, request):
        yield Batch(b"".join(map(files.ndjson_line, page.messages)), page.changes)


class _Segments(ExitStack):
    """A stream, begun anew behind the last mark when it breaks."""

    def __init__(self, wire: Wire, request: ExportRequest) -> None:
        super().__init__()
        self.ended = False
        self._wire = wire
        self._request = request
        self._url = request.export_url()
        self._pieces: Iterator[stream.Lines | stream.Mark] | None = None

    def next(self) -> Batch:
        """What comes until the next mark, however many tries it takes."""
        return self._wire.retrying(self._try)

    def _try(self) -> Batch:
        try:
            return self._read(self._pieces or self._open())
        except Transient:
            self._pieces = None
            self.close()
            raise

    def _open(self) -> Iterator[stream.Lines | stream.Mark]:
        chunks = self.enter_context(self._wire.stream(self._url))
        self._pieces = stream.read(chunks)
        return self._pieces

    def _read(self, pieces: Iterator[stream.Lines | stream.Mark]) -> Batch:
        lines = bytearray()
        for piece in pieces:
            if isinstance(piece, stream.Lines):
                lines += piece.data
                continue
            self.ended = piece.resume is None
            if piece.resume:
                self._url = self._request.export_url(piece.resume)
            return Batch(bytes(lines), piece.changes)
        raise AssertionError("a stream ends with a mark or a failure")

"""FILE.part, filled with what is left of a walk: by one stream, or page by page."""

import msgspec

from smsledger.client.file import files
from smsledger.client.file.checkpoint import Checkpoint
from smsledger.client.file.files import Layout
from smsledger.client.file.partial import PartialFile
from smsledger.client.file.report import Report
from smsledger.client.http import stream, walk
from smsledger.client.http.retry import Transient
from smsledger.client.http.wire import Wire


class Filling:
    """The rest of a walk on its way into the partial file.

    `at` is the checkpoint that has been reached; when `fill` has returned, the end of the walk.
    """

    def __init__(
        self, begun: Checkpoint, part: PartialFile, layout: Layout, wire: Wire, report: Report
    ) -> None:
        self.at = begun
        self._part = part
        self._layout = layout
        self._wire = wire
        self._report = report

    def fill(self) -> Checkpoint:
        """Fetch all that the walk has left; returns the state at its end.

        Raises:
            ExportError: it cannot be had; `at` says how far it came.
            OSError: it cannot be written.
        """
        if not self.at.streamed:
            self._pages()
            return self.at
        while not self._wire.retrying(self._comes_to_its_end):
            pass
        return self.at

    def _pages(self) -> None:
        begun = self.at
        messages = begun.messages
        for page in walk.pages(self._wire, begun.request, begun.next_url):
            messages += len(page.messages)
            offset = self._append(b"".join(map(files.ndjson_line, page.messages)), messages)
            self._reached(page.next_url, offset, messages, page.changes)

    def _comes_to_its_end(self) -> bool:
        """Whether the stream did. One that breaks after some progress counts as no failed try."""
        begun = self.at
        self._part.resume(begun)
        try:
            self._stream()
        except Transient as broken:
            if self.at.messages == begun.messages:
                raise
            self._report.note(f"{broken}; going on after {self.at.messages} messages")
            return False
        return True

    def _stream(self) -> None:
        offset, messages = self.at.offset, self.at.messages
        request = self.at.request
        with self._wire.stream(self.at.next_url) as chunks:
            for piece in stream.read(chunks):
                if isinstance(piece, stream.Lines):
                    messages += piece.messages
                    offset = self._append(piece.data, messages)
                else:
                    following = piece.resume and request.export_url(piece.resume)
                    self._reached(following, offset, messages, piece.changes)

    def _append(self, lines: bytes, messages: int) -> int:
        offset = self._part.append(self._layout.encode(lines))
        self._report.reached(lines, messages)
        return offset

    def _reached(
        self, following: str | None, offset: int, messages: int, changes: str | None
    ) -> None:
        """Remember how far it is; at the end there is nothing that a next run could go on with."""
        self.at = msgspec.structs.replace(
            self.at,
            next_url=following or "",
            offset=offset,
            messages=messages,
            changes=changes or self.at.changes,
        )
        if following:
            self._part.keep(self.at)

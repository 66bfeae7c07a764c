"""A walk into a file: begun, or gone on with where an earlier run stopped."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from smsledger.client.errors import NoWholeExports, PageLoop, WalkLost
from smsledger.client.file import manifest
from smsledger.client.file.checkpoint import Checkpoint
from smsledger.client.file.files import Layout
from smsledger.client.file.partial import PartialFile
from smsledger.client.file.report import Report
from smsledger.client.http.batches import Batch, paged, streamed
from smsledger.client.http.request import ExportRequest
from smsledger.client.http.retry import Transient
from smsledger.client.http.wire import Wire


class Export:
    """One export, of one request, into one file.

    It asks for a stream of the whole export first, and for pages where the server has none, or
    at once if `paged`.
    """

    def __init__(
        self,
        request: ExportRequest,
        output: Path,
        layout: Layout,
        wire: Wire,
        report: Report,
        *,
        paged: bool = False,
    ) -> None:
        self._request = request
        self._output = output
        self._layout = layout
        self._wire = wire
        self._report = report
        self._paged = paged

    def run(self, *, restart: bool = False) -> int:
        """Write the file and its manifest; returns the number of messages in it.

        What an earlier run for the same request left is gone on with, unless `restart`. If this
        one fails, what it wrote is left for the next, unless the walk itself is lost.

        Raises:
            ExportError: the walk failed; the file is as it was before.
            OSError: the file cannot be written.
        """
        with PartialFile(self._output) as part:
            try:
                end = self._go_on(part, restart=restart)
            except (PageLoop, WalkLost):
                part.discard()
                raise
            part.publish(manifest.of(end), self._layout.convert)
            return end.messages

    def _go_on(self, part: PartialFile, *, restart: bool) -> Checkpoint:
        left = self._left(part, restart=restart)
        if left is None:
            return self._begin(part)
        window = f"{left.request.start} to {left.request.end}"
        self._report.note(f"going on after {left.messages} messages of {window}")
        part.resume(left)
        try:
            return self._fill(part, left)
        except WalkLost as lost:
            if part.checkpoint != left:
                raise
            self._report.note(f"{lost}\nstarting anew")
            return self._begin(part)

    def _left(self, part: PartialFile, *, restart: bool) -> Checkpoint | None:
        """What can be gone on from; says why, if there is something that cannot."""
        left = part.left()
        if part.is_empty:
            return None
        if restart:
            reason = "as asked"
        elif left is None:
            reason = "what the last run left cannot be gone on with"
        elif not self._goes_on_from(left):
            reason = "the last run did not finish, but was asked for something else"
        else:
            return left
        self._report.note(f"starting anew: {reason}")
        return None

    def _goes_on_from(self, left: Checkpoint) -> bool:
        same = left.format == self._layout.format and self._request.asks_as(left.request)
        return same and not (self._paged and left.streamed)

    def _begin(self, part: PartialFile) -> Checkpoint:
        offset = part.begin(self._layout.header)
        request = self._request
        first = Checkpoint(
            request=request,
            format=self._layout.format,
            streamed=not self._paged,
            next_url=request.first_url if self._paged else request.export_url(),
            offset=offset,
            messages=0,
        )
        part.keep(first)
        return self._fill(part, first)

    def _fill(self, part: PartialFile, begun: Checkpoint) -> Checkpoint:
        try:
            return self._download(part, begun)
        except NoWholeExports as none:
            if part.checkpoint and part.checkpoint.messages:
                self._report.note(f"starting anew, with pages: {none}")
            self._paged = True
            return self._begin(part)

    def _download(self, part: PartialFile, begun: Checkpoint) -> Checkpoint:
        """Append the rest of the walk to the partial file; return the state at its end."""
        reached = begun

        def tell(error: Transient) -> None:
            self._report.note(f"{error}; going on after {reached.messages} messages")

        for batch in self._batches(begun, tell):
            messages = reached.messages + batch.messages
            offset = part.append(self._layout.encode(batch.lines))
            self._report.reached(batch.lines, messages)
            reached = msgspec.structs.replace(
                reached,
                next_url=batch.next_url or "",
                offset=offset,
                messages=messages,
                changes=batch.changes or reached.changes,
            )
            if batch.next_url:  # at the end there is nothing to resume
                part.keep(reached)
        return reached

    def _batches(self, begun: Checkpoint, broken: Callable[[Transient], None]) -> Iterator[Batch]:
        if begun.streamed:
            return streamed(self._wire, begun.request, begun.next_url, broken)
        return paged(self._wire, begun.request, begun.next_url)

"""A walk into a file: begun, or gone on with where an earlier run stopped."""

from pathlib import Path

from smsledger.client import walk
from smsledger.client.checkpoint import Checkpoint
from smsledger.client.errors import PageLoop, WalkLost
from smsledger.client.files import Layout
from smsledger.client.partial import PartialFile
from smsledger.client.report import Report
from smsledger.client.request import ExportRequest
from smsledger.client.wire import Wire


class Export:
    """One export, of one request, into one file."""

    def __init__(
        self, request: ExportRequest, output: Path, layout: Layout, wire: Wire, report: Report
    ) -> None:
        self._request = request
        self._output = output
        self._layout = layout
        self._wire = wire
        self._report = report

    def run(self, *, restart: bool = False) -> int:
        """Write the file; returns the number of messages in it.

        What an earlier run for the same request left is gone on with, unless `restart`. If this
        one fails, what it wrote is left for the next, unless the walk itself is lost.

        Raises:
            ExportError: the walk failed; the file is as it was before.
            OSError: the file cannot be written.
        """
        with PartialFile(self._output) as part:
            try:
                return self._go_on(part, restart=restart)
            except (PageLoop, WalkLost):
                part.discard()
                raise

    def _go_on(self, part: PartialFile, *, restart: bool) -> int:
        left = self._left(part, restart=restart)
        if left is None:
            return self._begin(part)
        window = f"{left.request.start} to {left.request.end}"
        self._report.note(f"going on after {left.messages} messages of {window}")
        part.resume(left)
        try:
            return self._walk(part, left)
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
        elif not self._request.asks_as(left.request):
            reason = "the last run did not finish, but was asked for something else"
        else:
            return left
        self._report.note(f"starting anew: {reason}")
        return None

    def _begin(self, part: PartialFile) -> int:
        offset = part.begin(self._layout.header)
        request = self._request
        first = Checkpoint(request=request, next_url=request.first_url, offset=offset, messages=0)
        part.keep(first)
        return self._walk(part, first)

    def _walk(self, part: PartialFile, begun: Checkpoint) -> int:
        messages = begun.messages
        for page in walk.pages(self._wire, begun.request, begun.next_url):
            offset = part.append(b"".join(map(self._layout.line, page.messages)))
            messages += len(page.messages)
            self._report.page(page, messages)
            if page.next_url is not None:
                part.keep(
                    Checkpoint(
                        request=begun.request,
                        next_url=page.next_url,
                        offset=offset,
                        messages=messages,
                    )
                )
        part.publish()
        return messages

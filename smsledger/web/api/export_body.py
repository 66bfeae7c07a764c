"""Steps of a walk -> the bytes of a whole export, with its checkpoints and its manifest."""

import hashlib
from typing import Protocol

import msgspec

from smsledger import formats
from smsledger.errors import InvalidRequest, Problem
from smsledger.formats.csv import CsvEncoder
from smsledger.ledger.walk import Page, PageQuery
from smsledger.web.api.request.exports import ExportRequest

_encode = msgspec.json.encode


class Body(Protocol):
    """The bytes of one export; `messages` is how many were given to it."""

    messages: int

    def step(self, page: Page, resume: str) -> bytes:
        """What a step adds, after which the export can be resumed; perhaps nothing yet."""

    def end(self, page: Page) -> bytes:
        """What the last step adds, and the end."""


def body_of(request: ExportRequest, asked: PageQuery, changes: str) -> Body:
    """The body that is asked for; `changes` is the token equal to the walk's pin.

    Raises:
        InvalidRequest: the server was installed without what the format needs.
    """
    if request.format == "ndjson":
        return _Lines(request, changes)
    if request.format == "csv":
        header = request.walk.cursor is None
        checkpoints = request.checkpoints
        return _Csv(CsvEncoder(asked.include, header=header, checkpoints=checkpoints))
    try:
        return _File(formats.open_encoder(request.format, asked.include))
    except formats.MissingExtra as error:
        problem = Problem("invalid_parameter", f"This server has no {request.format}.", "format")
        raise InvalidRequest(msgspec.structs.replace(problem, hint=str(error))) from error


class _Lines:
    """NDJSON as the store gives it; what is not a message begins `{"meta"`."""

    def __init__(self, request: ExportRequest, changes: str) -> None:
        self._request = request
        self._changes = changes
        self._digest = hashlib.sha256()
        self._digested = request.manifest or request.checkpoints
        self.messages = 0

    def step(self, page: Page, resume: str) -> bytes:
        lines = self._take(page)
        if not self._request.checkpoints:
            return lines
        return lines + self._meta_line({"resume": resume})

    def end(self, page: Page) -> bytes:
        lines = self._take(page)
        if not self._request.manifest:
            return lines
        return lines + self._meta_line({"complete": True, "changes": self._changes})

    def _take(self, page: Page) -> bytes:
        self.messages += page.count
        lines = page.messages + b"\n" if page.messages else b""
        if self._digested:
            self._digest.update(lines)
        return lines

    def _meta_line(self, facts: dict[str, object]) -> bytes:
        """A line about all bytes before it, which are digested with it from then on."""
        so_far = {"messages": self.messages, "sha256": self._digest.hexdigest()}
        line = _encode({"meta": {**so_far, **facts}}) + b"\n"
        self._digest.update(line)
        return line


class _File:
    """The bytes of an encoder, which may keep some back."""

    def __init__(self, encoder: formats.Encoder) -> None:
        self._encoder = encoder
        self.messages = 0

    def step(self, page: Page, _resume: str) -> bytes:
        return self._encoder.encode(self._take(page))

    def end(self, page: Page) -> bytes:
        return self._encoder.encode(self._take(page)) + self._encoder.finish()

    def _take(self, page: Page) -> bytes:
        self.messages += page.count
        return page.messages + b"\n" if page.messages else b""


class _Csv(_File):
    """CSV, whose rows can say where to resume."""

    def __init__(self, encoder: CsvEncoder) -> None:
        super().__init__(encoder)
        self._csv = encoder

    def step(self, page: Page, resume: str) -> bytes:
        return self._csv.encode(self._take(page), resume)

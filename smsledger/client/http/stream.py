"""The body of a whole export, cut into lines of messages and the marks that prove them.

A mark is a line that no message is: `{"meta": …}`. It says how many messages came before it in
this answer and the digest of all bytes before it. What no mark has proved is not known to be
whole: the server may have been killed in the middle of it, and a proxy may have ended it nicely.
"""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from smsledger.client.errors import NotAPage
from smsledger.client.http.retry import Transient

KIB = 1024
MAX_LINE = 16 * KIB * KIB  # a message of ours is below 64 KiB; what is over this is none
_META = b'{"meta"'


class Lines(msgspec.Struct, frozen=True):
    """Whole lines of NDJSON as they came, one a message; not proved before the next mark."""

    data: bytes
    messages: int


class Mark(msgspec.Struct, frozen=True):
    """What came before it is proved.

    `resume` is the cursor that goes on from here, None at the end of the walk. `changes` is the
    token of the change feed that belongs to the walk, at its end, where the server says it.
    """

    resume: str | None
    changes: str | None = None


class _Meta(msgspec.Struct):
    messages: int
    sha256: str
    resume: str | None = None
    complete: bool = False
    changes: str | None = None


class _MetaLine(msgspec.Struct):
    meta: _Meta


def read(chunks: Iterable[bytes]) -> Iterator[Lines | Mark]:
    """Lines and marks of one answer's body, in order; the last one is a Mark without `resume`.

    Memory is for one chunk and one line. Nothing is read after the last mark.

    Raises:
        Transient: it breaks off, or does not hold what its marks say.
        NotAPage: it is no stream of messages.
    """
    proof = _Proof()
    for block in _whole_lines(chunks):
        for piece in _pieces(block):
            if not piece.startswith(_META):
                yield proof.add(piece)
                continue
            mark = proof.mark(piece)
            yield mark
            if mark.resume is None:
                return
    raise Transient(f"the stream broke off after {proof.messages} messages, without its last line")


class _Proof:
    """The running count and digest of one answer."""

    def __init__(self) -> None:
        self.messages = 0
        self._digest = hashlib.sha256()

    def add(self, lines: bytes) -> Lines:
        self._digest.update(lines)
        count = lines.count(b"\n")
        self.messages += count
        return Lines(lines, count)

    def mark(self, line: bytes) -> Mark:
        """The mark in the line.

        Raises:
            Transient: it is cut, or something before it is not what was sent.
        """
        try:
            meta = msgspec.json.decode(line, type=_MetaLine).meta
        except msgspec.DecodeError as error:
            raise Transient(f"the stream broke off within a mark: {error}") from error
        if (meta.messages, meta.sha256) != (self.messages, self._digest.hexdigest()):
            raise Transient(f"what came of the stream is not what its mark says: {meta}")
        if meta.resume is None and not meta.complete:
            raise Transient("the stream ends without being complete")
        self._digest.update(line)
        return Mark(meta.resume, meta.changes)


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, cut anew behind line feeds; of an unfinished line at the end, a mark only."""
    begun = b""
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            yield begun + chunk[:end]
            begun = chunk[end:]
        else:
            begun += chunk
        if len(begun) > MAX_LINE:
            raise NotAPage(f"the stream has a line of over {MAX_LINE} bytes: no message is that")
    if begun.startswith(_META):
        yield begun + b"\n"


def _pieces(block: bytes) -> Iterator[bytes]:
    """The lines of messages between marks, and each mark's line."""
    at = 0
    while at < len(block):
        if block.startswith(_META, at):
            end = block.index(b"\n", at) + 1
        else:
            end = block.find(b"\n" + _META, at) + 1 or len(block)
        yield block[at:end]
        at = end

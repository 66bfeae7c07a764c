"""Body -> rows -> store -> report: what every way in does with messages and receipts.

A row has one of three outcomes: accepted, duplicate, rejected. A bad row never spoils the good
ones; a body that is not rows at all is refused as a whole, and nothing of it is stored.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from smsledger.errors import InvalidRequest, Problem, TooManyRows
from smsledger.intake import invalid_utf8
from smsledger.ledger.model import Accepted, Duplicate, Message, Outcome, Receipt, Rejected
from smsledger.store.store import Store

# One posting's worth: a few dozen milliseconds, so that nobody else waits long.
BATCH = 1000
# More rows than anyone sends at once; without a limit, 8 MiB of `1,` would be four million.
MAX_ROWS = 50_000
_BOM = b"\xef\xbb\xbf"
# Every byte beyond ASCII becomes a letter that JSON allows in every part of a text, also within an
# escape, and nowhere else.
_OUTLINE = bytes.maketrans(bytes(range(0x80, 0x100)), b"b" * 0x80)
_raw_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_SPACE = re.compile(r"[ \t\n\r]+")
# Integers stay text: Python refuses to convert those of thousands of digits.
_any_value = json.JSONDecoder(parse_int=str).raw_decode
_raw_row = msgspec.json.Decoder(msgspec.Raw).decode

Checked = TypeVar("Checked")


class Rejection(msgspec.Struct, frozen=True):
    """A row that was not taken: its place in the body, its field (None: the whole row), why."""

    index: int
    field: str | None
    code: str
    message: str


class Report(msgspec.Struct, kw_only=True):
    """What became of the rows of one body; `orphans` of the accepted wait for their message."""

    accepted: int = 0
    duplicates: int = 0
    rejections: list[Rejection] = []
    orphans: int = 0

    def data(self) -> dict[str, object]:
        """The report as the API's `data`."""
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": len(self.rejections),
            "rejections": self.rejections,
        }

    def enter(self, index: int, outcome: Outcome) -> None:
        """Count the outcome of one row."""
        if isinstance(outcome, Accepted):
            self.accepted += 1
            self.orphans += outcome.orphan
        elif isinstance(outcome, Duplicate):
            self.duplicates += 1
        else:
            rejection = Rejection(index, outcome.field, outcome.code, outcome.message)
            self.rejections.append(rejection)


def checked(
    body: bytes, check: Callable[[bytes | msgspec.Raw], Checked | Rejected]
) -> Iterator[Checked | Rejected]:
    """Return the rows of a body, checked or rejected, in their order.

    A row with bytes that are not UTF-8 is rejected alone.

    Args:
        body: as it was posted.
        check: is called with each row that is UTF-8, when the row is asked for.

    Raises:
        InvalidRequest: the body cannot be read as rows.
        TooManyRows: it has more than MAX_ROWS.
    """
    try:
        body.decode()
    except UnicodeDecodeError as error:
        cut = _cut(body, error.start)
        return (invalid_utf8.rejection_of(row, start) or check(row) for start, row in cut)
    return map(check, rows_of(body))


def rows_of(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    """The rows of a body in UTF-8: a JSON array, one JSON object, or NDJSON.

    Raises:
        InvalidRequest: the body is none of these.
        TooManyRows: it is, but has more than MAX_ROWS.
    """
    body = body.removeprefix(_BOM).strip()
    try:
        rows = _elements(body) if body.startswith(b"[") else _objects(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        expected = "The body must be a JSON array of objects, or one JSON object a line (NDJSON)"
        raise InvalidRequest(Problem("invalid_body", f"{expected}: {error}.")) from error
    if len(rows) > MAX_ROWS:
        raise TooManyRows(MAX_ROWS)
    return rows


def _cut(body: bytes, first: int) -> list[tuple[int, bytes]]:
    """Return the rows of a body that is not UTF-8, as they are written, with their offsets.

    The outline of the body has the same rows at the same places. Between two rows there is only
    white space or a comma, and no row begins with these, so a search finds each row at its place.
    (A line may begin with white space, but the space before it ends with the end of a line.)

    Args:
        body: as it was posted.
        first: the offset of its first byte that is not UTF-8.

    Raises:
        InvalidRequest, TooManyRows: as `rows_of` does.
    """
    unmarked = body.removeprefix(_BOM)
    outline = b" " * (len(body) - len(unmarked)) + unmarked.translate(_OUTLINE)
    try:
        rows = rows_of(outline)
    except InvalidRequest as error:
        [problem] = error.problems
        place = f"{problem.message} It is not UTF-8 at byte {first}."
        raise InvalidRequest(msgspec.structs.replace(problem, message=place)) from error
    cut = []
    end = 0
    for row in map(bytes, rows):
        start = outline.index(row, end)
        end = start + len(row)
        cut.append((start, body[start:end]))
    return cut


async def messages(
    store: Store, program_id: int, rows: Iterable[Message | Rejected], *, any_code: bool
) -> Report:
    """Post the checked messages of a body; each is asked for when its batch's turn comes.

    Args:
        store: where to.
        program_id: the program of all of them.
        rows: the messages, or why a row is none.
        any_code: the caller may ingest for all programs; see `Store.record_messages`.

    Raises:
        ProgramNotFound, ProgramInactive, Unavailable: sending the same rows again is safe.
    """
    return await _record(
        rows, lambda batch: store.record_messages(program_id, batch, any_code=any_code)
    )


async def receipts(store: Store, program_id: int, rows: Iterable[Receipt | Rejected]) -> Report:
    """Post the checked receipts of a body; each is asked for when its batch's turn comes.

    Raises:
        Unavailable: sending the same rows again is safe.
    """
    return await _record(rows, lambda batch: store.record_receipts(program_id, batch))


async def _record(
    rows: Iterable[Checked | Rejected],
    post: Callable[[list[Checked]], Awaitable[list[Outcome]]],
) -> Report:
    report = Report()
    numbered = enumerate(rows)
    batch = list(islice(numbered, BATCH))
    while True:  # an empty body is posted too: it is told when its program takes nothing
        good = [row for _, row in batch if not isinstance(row, Rejected)]
        outcomes = iter(await post(good))
        for index, row in batch:
            report.enter(index, row if isinstance(row, Rejected) else next(outcomes))
        batch = list(islice(numbered, BATCH))
        if not batch:
            return report


def _elements(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    """Return the elements of an array as they are written.

    The fast parser gives up the whole array for one lone surrogate. The slow one reads it, so
    that only the row that has it is rejected.
    """
    try:
        return _raw_rows(body)
    except msgspec.DecodeError as error:
        try:
            return list(islice(_elements_of(body.decode()), MAX_ROWS + 1))
        except ValueError:
            raise error from None


def _elements_of(array: str) -> Iterator[bytes]:
    """The elements of an array in text.

    Raises:
        ValueError: the text is not an array, or does not end with it.
    """
    at = _past_space(array, 1)
    while array[at : at + 1] != "]":
        _, end = _any_value(array, at)
        yield array[at:end].encode()
        at = _past_space(array, end)
        if array[at : at + 1] == ",":
            at = _past_space(array, at + 1)
            if array[at : at + 1] == "]":
                raise ValueError("the array has a comma before its end")
        elif array[at : at + 1] != "]":
            raise ValueError("the array does not end")
    if at + 1 != len(array):
        raise ValueError("there is more after the array")


def _past_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _objects(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    """One object, over several lines if it likes, or an object a line."""
    if _is_object(body):
        return [body]
    lines = [line for line in body.splitlines() if line.strip()]
    if any(_is_object(line) for line in lines):
        return lines
    # The fast parser reads no object that has a lone surrogate.
    if _is_read_slowly(body):
        return [body]
    if any(_is_read_slowly(line) for line in lines[:MAX_ROWS]):
        return lines
    raise msgspec.DecodeError("no line is an object")


def _is_object(line: bytes) -> bool:
    try:
        _raw_row(line)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return line.lstrip().startswith(b"{")


def _is_read_slowly(line: bytes) -> bool:
    text = line.strip().decode()
    try:
        _, end = _any_value(text)
    except (ValueError, RecursionError):
        return False
    return text.startswith("{") and end == len(text)

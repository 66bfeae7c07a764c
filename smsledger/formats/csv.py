"""CSV as RFC 4180 says, without loss: null is an empty field, the empty text is `""`."""

import re
from collections.abc import Iterable, Sequence

from smsledger.formats.lines import Lines, text, utf8
from smsledger.ledger import fields

_needs_quotes = re.compile(r'[",\r\n]').search
_breaks_out = re.compile(r'["\r\n]').search


class CsvEncoder:
    """Messages as CSV, a header first.

    Args:
        include: the fields beyond the six.
        header: whether the first line names the columns; not where an export is resumed.
        checkpoints: whether there is a last column `resume`, for the cursors of `encode`.
    """

    def __init__(
        self, include: tuple[str, ...], *, header: bool = True, checkpoints: bool = False
    ) -> None:
        columns = fields.columns(include)
        self._lines = Lines(columns)
        self._checkpoints = checkpoints
        names = (*columns, "resume") if checkpoints else columns
        self._pending = record(names) if header else ""

    def encode(self, lines: bytes, resume: str | None = None) -> bytes:
        """The records of the messages.

        Args:
            lines: whole lines of NDJSON, one message each.
            resume: with checkpoints, what stands in the last of these records' column `resume`.
        """
        records = [self._pending]
        self._pending = ""
        rows = self._lines.rows(lines) if lines else iter(())
        if self._checkpoints:
            records += _marked(map(self._record, rows), resume)
        else:
            records += map(self._record, rows)
        return utf8("".join(records))

    def finish(self) -> bytes:
        """The header of an export without messages, else nothing."""
        return self.encode(b"")

    def _record(self, row: tuple[object, ...]) -> str:
        return record([value if value.__class__ is str else text(value) for value in row])


def record(cells: Sequence[str | None]) -> str:
    """One record with its CRLF; None is an empty field, an empty text is `""`."""
    line = ",".join([cell or "" for cell in cells])
    # Most records need no quotes: to look at them whole takes a third of the time.
    if line.count(",") == len(cells) - 1 and not _breaks_out(line) and "" not in cells:
        return f"{line}\r\n"
    return ",".join([_quoted(cell) for cell in cells]) + "\r\n"


def _marked(records: Iterable[str], resume: str | None) -> list[str]:
    """The records with one more cell, empty but in the last one."""
    marked = [f"{line[:-2]},\r\n" for line in records]
    if marked and resume is not None:
        marked[-1] = f"{marked[-1][:-2]}{_quoted(resume)}\r\n"
    return marked


# By hand, because Python 3.11's csv module writes null and "" alike, and 3.12's can tell them
# apart only by quoting every field.
def _quoted(cell: str | None) -> str:
    if cell is None:
        return ""
    if not cell or _needs_quotes(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell

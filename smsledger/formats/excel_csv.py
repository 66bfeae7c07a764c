"""CSV that a spreadsheet opens without running, rounding or re-dating what is in it.

A text that a spreadsheet would take for a formula, a number or a date gets one apostrophe before
it. The way back is one rule: remove one leading apostrophe from each cell that has one.
"""

import re
from string import ascii_letters

from smsledger.formats.csv import record
from smsledger.formats.lines import Lines, text, utf8
from smsledger.ledger import fields

_LETTERS = frozenset(ascii_letters)
BOM = "\ufeff"
# What is dangerous or would be changed: formulas, also in their full-width and small forms, which
# some spreadsheets read alike; numbers and dates; white space and control characters, which are
# skipped before these; and the apostrophe itself, so that there is a way back.
_begins_badly = re.compile(r"['=+\-@＝＋－＠﹦﹢﹣﹫−\d\s\x00-\x1f\x7f-\x9f]").match  # noqa: RUF001


class ExcelCsvEncoder:
    """Messages as CSV for spreadsheets, a byte order mark and the header first."""

    def __init__(self, include: tuple[str, ...]) -> None:
        columns = fields.columns(include)
        self._lines = Lines(columns)
        self._guarded = [fields.BY_NAME[name].kind == "text" for name in columns]
        self._pending = BOM + record(columns)

    def encode(self, lines: bytes) -> bytes:
        """The records of the messages; `lines` are whole lines of NDJSON."""
        records = [self._pending]
        self._pending = ""
        if lines:
            records += map(self._record, self._lines.rows(lines))
        return utf8("".join(records))

    def finish(self) -> bytes:
        """The header of an export without messages, else nothing."""
        return self.encode(b"")

    def _record(self, row: tuple[object, ...]) -> str:
        cells = map(text, row)
        guarded = zip(cells, self._guarded, strict=True)
        return record([harmless(cell) if guard else cell for cell, guard in guarded])


def harmless(cell: str | None) -> str | None:
    """The cell, with one apostrophe before what a spreadsheet would not leave as it is."""
    if not cell or cell[0] in _LETTERS or not _begins_badly(cell):
        return cell
    return f"'{cell}"

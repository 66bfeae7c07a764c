"""XLSX, streamed: a zip archive of one sheet after another, and last the parts that list them.

Inline texts, because a table of shared ones would be all of them in memory.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from smsledger.formats import workbook
from smsledger.formats.lines import Lines, utf8
from smsledger.formats.sheet_xml import (
    HEAD,
    HEADER_STYLE,
    TAIL,
    count_cell,
    date_cell,
    text_cell,
    widths,
)
from smsledger.formats.sink import Sink
from smsledger.ledger import fields

MAX_ROWS = 1_048_576  # that a sheet of Excel holds, the header among them
# A member of the archive whose size is not known before cannot pass 2 GiB without zip64, which
# not every reader of spreadsheets takes.
MAX_SHEET = 1536 * 1024 * 1024
_CELLS = {"text": text_cell, "count": count_cell, "moment": date_cell}
PIECE = 1000  # rows that are compressed at a time


class XlsxEncoder:
    """Messages as a workbook; the next sheet begins where one is full, with the header again."""

    def __init__(self, include: tuple[str, ...]) -> None:
        columns = fields.columns(include)
        self._lines = Lines(columns)
        self._cells = [_cell_of(name) for name in columns]
        style = f' s="{HEADER_STYLE}"'
        header = "".join(text_cell(name, style) for name in columns)
        self._head = f"{HEAD}{widths(len(columns))}<row>{header}</row>".encode()
        self._sink = Sink()
        self._archive = _Archive(self._sink, "w", ZIP_DEFLATED, compresslevel=1)
        self._sheets = 0
        self._begin_sheet()

    def encode(self, lines: bytes) -> bytes:
        """What is ready of the archive, maybe nothing.

        Raises:
            ValueError: a line is no message, or a text is longer than a cell can be.
        """
        rows = iter(self._lines.rows(lines)) if lines else iter(())
        while piece := list(islice(rows, min(PIECE, max(1, MAX_ROWS - self._rows)))):
            self._add(utf8("".join(map(self._row, piece))), len(piece))
        return self._sink.take()

    def finish(self) -> bytes:
        """The end of the last sheet, and the parts that make the sheets a workbook."""
        self._end_sheet()
        for name, part in workbook.parts(self._sheets):
            self._archive.writestr(name, part)
        self._archive.close()
        return self._sink.take()

    def _add(self, xml: bytes, rows: int) -> None:
        if self._rows + rows > MAX_ROWS or self._bytes + len(xml) + len(TAIL) > MAX_SHEET:
            self._end_sheet()
            self._begin_sheet()
        self._write(xml, rows)

    def _row(self, row: tuple[Any, ...]) -> str:
        cells = zip(self._cells, row, strict=True)
        return f"<row>{''.join([cell(value) for cell, value in cells])}</row>"

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._rows = self._bytes = 0
        self._sheet = self._archive.open(workbook.sheet_path(self._sheets), "w")
        self._write(self._head, 1)

    def _end_sheet(self) -> None:
        self._write(TAIL.encode(), 0)
        self._sheet.close()

    def _write(self, xml: bytes, rows: int) -> None:
        self._sheet.write(xml)
        self._rows += rows
        self._bytes += len(xml)


class _Archive(ZipFile):
    # ZipFile completes an archive that nobody closed, and fails at it inside of a member. One
    # that is given up, because the client went away, is just to be dropped.
    def __del__(self) -> None:
        pass


def _cell_of(name: str) -> Callable[[Any], str]:
    return _CELLS[fields.BY_NAME[name].kind]

"""The XML of a worksheet: cells as text, dates and numbers, and a text as XML can hold it."""

import re
from datetime import datetime
from typing import Any

from smsledger.formats.lines import text
from smsledger.ledger import instant

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAX_CELL = 32_767  # UTF-16 units that a cell of Excel holds
# Day 0 of a workbook is 1899-12-30 by the count of its days after February 1900. Before that
# month's end the count is wrong by a day, for Lotus had a 29th of February.
_EPOCH_DAY = 25_569
_FIRST_DAY = 61
_PLAIN_DATES = (19, 26)  # characters: to the second, to the microsecond
DATE_STYLE = 1
HEADER_STYLE = 2

# What XML 1.0 cannot hold, or would not give back: its readers turn CR into LF.
_ILLEGAL = "\x00-\x08\x0b-\x1f\ufffe\uffff"
_special = re.compile(f"[&<>{_ILLEGAL}]|_x").search
_illegal = re.compile(f"[{_ILLEGAL}]")
# A text that already looks like an escape, also where an escape comes to follow it.
_looks_escaped = re.compile(f"_(?=x[0-9A-Fa-f]{{4}}[_{_ILLEGAL}])")

HEAD = (
    f'{DECLARATION}<worksheet xmlns="{NAMESPACE}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    '</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
)
TAIL = "</sheetData></worksheet>"


def widths(columns: int) -> str:
    """Columns that are wide enough for a date, and the beginning of the cells."""
    return f'<cols><col min="1" max="{columns}" width="20" customWidth="1"/></cols><sheetData>'


def text_cell(value: Any, style: str = "") -> str:
    """A cell that is a text whatever it holds: never a formula, a number or a date.

    Raises:
        ValueError: the text is longer than a cell can be.
    """
    written = text(value)
    if written is None:
        return "<c/>"
    if len(written) > MAX_CELL // 2:
        _require_fits(written)
    if _special(written):
        written = escaped(written)
    # Without it a reader may drop the white space at the ends.
    space = "" if written == written.strip() else ' xml:space="preserve"'
    return f'<c t="inlineStr"{style}><is><t{space}>{written}</t></is></c>'


def date_cell(value: Any) -> str:
    """A date as the day's number and fraction; what is no date, or before 1900-03-01, as text."""
    try:
        day = _seconds(value) / 86_400 + _EPOCH_DAY
    except (TypeError, ValueError):
        return text_cell(value)
    return f'<c s="{DATE_STYLE}"><v>{day!r}</v></c>' if day >= _FIRST_DAY else text_cell(value)


def _seconds(date: str) -> float:
    # The ledger's own form. Any other form of a date takes ten times as long to read.
    if len(date) in _PLAIN_DATES and date[10] == "T" and date[-1] != "Z":
        return datetime.fromisoformat(f"{date}+00:00").timestamp()
    return instant.parse(date).first / instant.SECOND


def _require_fits(written: str) -> None:
    if len(written.encode("utf-16-le", "surrogatepass")) > 2 * MAX_CELL:
        raise ValueError(f"a text is longer than the {MAX_CELL} characters of a cell")


def count_cell(value: Any) -> str:
    """An integer as a number, anything else as text."""
    return f"<c><v>{value}</v></c>" if type(value) is int else text_cell(value)


def escaped(written: str) -> str:
    """The text for an element: what XML has no form for as `_xHHHH_`, as Excel does it."""
    written = _looks_escaped.sub("_x005F_", written)
    written = _illegal.sub(lambda match: f"_x{ord(match[0]):04X}_", written)
    return written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

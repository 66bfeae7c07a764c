"""Cursor <-> the text of a nextPageUrl: opaque, and self-contained."""

from smsledger.opaque import MAX_TEXT as MAX_CURSOR
from smsledger.opaque import InvalidText as InvalidCursor
from smsledger.opaque import Opaque
from smsledger.query import Cursor

__all__ = ["MAX_CURSOR", "InvalidCursor", "decode", "encode"]

_CURSORS = Opaque(Cursor, b"\x01")
encode = _CURSORS.encode
decode = _CURSORS.decode

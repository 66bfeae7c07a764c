"""Cursor <-> the text of a nextPageUrl: opaque, and self-contained."""

from smsledger.ledger.opaque import InvalidText as InvalidCursor
from smsledger.ledger.opaque import Opaque
from smsledger.ledger.query import Cursor

__all__ = ["MAX_CURSOR", "InvalidCursor", "decode", "encode"]

MAX_CURSOR = 12 * 1024
_CURSORS = Opaque(Cursor, b"\x01", MAX_CURSOR)
encode = _CURSORS.encode
decode = _CURSORS.decode

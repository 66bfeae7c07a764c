"""Cursor <-> the text of a nextPageUrl: opaque, and self-contained."""

from smsledger.ledger.token_codec import InvalidText as InvalidCursor
from smsledger.ledger.token_codec import TokenCodec
from smsledger.ledger.walk import Cursor

__all__ = ["MAX_CURSOR", "InvalidCursor", "decode", "encode"]

MAX_CURSOR = 12 * 1024
_CURSORS = TokenCodec(Cursor, b"\x01", MAX_CURSOR)
encode = _CURSORS.encode
decode = _CURSORS.decode

"""Cursor <-> the text of a nextPageUrl: versioned, checksummed, opaque, and self-contained.

The text is base64url of one version byte, a checksum and the cursor as MessagePack. The checksum
finds what was cut or retyped on the way; it is no signature, because a cursor grants nothing.
"""

import base64
import binascii
import hashlib

import msgspec

from smsledger.query import Cursor

_VERSION = b"\x01"
_CHECKSUM = 6
MAX_CURSOR = 12 * 1024

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Cursor).decode


class InvalidCursor(ValueError):
    """The text was never handed out, or not in this form."""


def encode(cursor: Cursor) -> str:
    """The text of a cursor."""
    payload = _pack(cursor)
    return base64.urlsafe_b64encode(_VERSION + _checksum(payload) + payload).decode().rstrip("=")


def decode(text: str) -> Cursor:
    """The cursor that the text stands for.

    Raises:
        InvalidCursor: the text was never handed out, or not in this form.
    """
    if len(text) > MAX_CURSOR:
        raise InvalidCursor("too long")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor("not base64url") from error
    checksum, payload = data[1 : 1 + _CHECKSUM], data[1 + _CHECKSUM :]
    if data[:1] != _VERSION or checksum != _checksum(payload):
        raise InvalidCursor("damaged or of an unknown version")
    try:
        return _unpack(payload)
    except msgspec.DecodeError as error:
        raise InvalidCursor("not a cursor") from error


def _checksum(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECKSUM).digest()

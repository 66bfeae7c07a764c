"""A struct <-> opaque text that goes out to a caller and comes back: versioned, checksummed.

The text is base64url of one version byte, a checksum and the struct as MessagePack. The checksum
finds what was cut or retyped on the way; it is no signature, because such a text grants nothing.
"""

import base64
import binascii
import hashlib
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_CHECKSUM = 6

_pack = msgspec.msgpack.Encoder().encode


class InvalidText(ValueError):
    """The text was never handed out, or not in this form."""


class TokenCodec(Generic[T]):
    """The texts of one kind of struct, `longest` characters at most.

    Each kind, and each version of it, has its own byte.
    """

    def __init__(self, kind: type[T], version: bytes, longest: int) -> None:
        self._longest = longest
        self._unpack = msgspec.msgpack.Decoder(kind).decode
        self._version = version

    def encode(self, value: T) -> str:
        """The text of a value."""
        payload = _pack(value)
        data = self._version + _checksum(payload) + payload
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    def decode(self, text: str) -> T:
        """The value that the text stands for.

        Raises:
            InvalidText: the text was never handed out, or not in this form.
        """
        if len(text) > self._longest:
            raise InvalidText("too long")
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidText("not base64url") from error
        checksum, payload = data[1 : 1 + _CHECKSUM], data[1 + _CHECKSUM :]
        if data[:1] != self._version or checksum != _checksum(payload):
            raise InvalidText("damaged or of an unknown version")
        try:
            return self._unpack(payload)
        except msgspec.DecodeError as error:
            raise InvalidText("not what was handed out") from error


def _checksum(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECKSUM).digest()

"""The forms that messages leave in: pure encoders, NDJSON of messages in, a file's bytes out."""

from typing import Protocol

import msgspec


class Encoder(Protocol):
    """Turns messages into one form, in constant memory."""

    def encode(self, lines: bytes) -> bytes:
        """What some whole lines of NDJSON add; perhaps nothing yet."""

    def finish(self) -> bytes:
        """What is left."""


class Format(msgspec.Struct, frozen=True):
    """One form: its name, its media type, its files' suffix, whether gzip is worth it."""

    name: str
    media_type: str
    suffix: str
    compressible: bool


_NDJSON = Format("ndjson", "application/x-ndjson", ".ndjson", compressible=True)


def by_accept(_header: bytes) -> Format:
    """The form that an Accept header asks for."""
    return _NDJSON


def by_name(_name: str) -> Format:
    """The form of a name."""
    return _NDJSON


def open_encoder(name: str, include: tuple[str, ...]) -> Encoder:
    """An encoder."""
    raise NotImplementedError(name, include)

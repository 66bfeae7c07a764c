"""A message as Python sees it, read from a line of NDJSON."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from smsledger.client.errors import NotAPage


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One SMS of a program.

    Attributes:
        type: `MT` (sent to a handset) or `MO` (received from one).
        delivery_status: Of an MT Sent, Error, Undelivered or Delivered; of an MO Processing or
            Received. Another server of the API may have other words.
        number: The handset's number, digits only.
        body: The whole text.
        date: When it was sent or received, in UTC; smsledger gives whole seconds.
        network: The carrier's name; None if it is not known.
        id, short_code, segments, updated_at, error_code, gateway: What `include` asked for; None
            also where it did not. `updated_at` is in UTC, to the microsecond.
    """

    type: str
    delivery_status: str
    number: str
    body: str
    date: datetime
    network: str | None = None
    id: str | None = None
    short_code: str | None = None
    segments: int | None = None
    updated_at: datetime | None = None
    error_code: str | None = None
    gateway: str | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "date", in_utc(self.date))
        if self.updated_at is not None:
            msgspec.structs.force_setattr(self, "updated_at", in_utc(self.updated_at))


_read_lines = msgspec.json.Decoder(Message).decode_lines


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC. Without a zone it is GMT: so the wire writes it."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def read(lines: bytes) -> Iterator[Message]:
    """The messages in lines of NDJSON.

    Raises:
        NotAPage: one of them is no message.
    """
    try:
        yield from _read_lines(lines)
    except msgspec.ValidationError as error:
        raise NotAPage(f"the server gives messages of another form: {error}") from error
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
    ):  # half a surrogate pair, which only the standard library reads
        yield from _read_half_pairs(lines)


def _read_half_pairs(lines: bytes) -> Iterator[Message]:
    for line in filter(None, lines.split(b"\n")):
        try:
            yield msgspec.convert(json.loads(line), Message)
        except ValueError as error:  # msgspec's are ValueErrors too
            raise NotAPage(f"the server gives messages of another form: {error}") from error

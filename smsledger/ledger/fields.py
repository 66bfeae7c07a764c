"""The fields of a message on the wire and in files: the six standard ones, and those to include.

Each field is one entry in `FIELDS`. Its order is that of every answer, file and table.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

import msgspec

from smsledger.ledger import instant
from smsledger.ledger.model import DeliveryStatus, MessageType

# A moment is stored as an instant. On the wire it is a text.
FieldType = Literal["text", "count", "moment"]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field: its `name` on the wire, and the `column` of the table of messages.

    `column` is also its name in Python, Arrow and databases. `words` are the only values of a
    text. `few_values`: most messages of a program share their values. `description`, `example`
    and `pattern` are for the document of the API, and `label` is for the page of a message in the
    console, which shows further fields only if they have one.
    """

    name: str
    column: str
    description: str
    kind: FieldType = "text"
    words: type[StrEnum] | None = None
    standard: bool = False
    nullable: bool = False
    few_values: bool = False
    example: str | int | None = None
    pattern: str | None = None
    label: str | None = None


FIELDS = (
    Field(
        name="type",
        column="type",
        description="MT was sent to a handset, MO came from one.",
        words=MessageType,
        standard=True,
        few_values=True,
    ),
    Field(
        name="deliveryStatus",
        column="delivery_status",
        description="Sent, Error, Undelivered, Delivered of an MT; Processing, Received of an MO.",
        words=DeliveryStatus,
        standard=True,
        few_values=True,
    ),
    Field(
        name="number",
        column="number",
        description="The handset's number: country code and national number, digits only.",
        standard=True,
        example="15556667777",
        pattern="^[0-9]{3,20}$",
    ),
    Field(
        name="body",
        column="body",
        description="The whole text, its parts joined.",
        standard=True,
        example="JOIN",
    ),
    Field(
        name="date",
        column="date",
        description="When it was sent (MT) or received (MO): GMT, whole seconds, no zone.",
        kind="moment",
        standard=True,
        example="2014-12-05T10:00:00",
        pattern=instant.SECONDS_PATTERN,
    ),
    Field(
        name="network",
        column="network",
        description="The carrier's name. Null if it is not known.",
        standard=True,
        nullable=True,
        few_values=True,
        example="T-Mobile",
    ),
    Field(
        name="id",
        column="id",
        description="The caller's identifier of the message, unique within its program.",
        example="m-1",
    ),
    Field(
        name="shortCode",
        column="short_code",
        description="The number that received the message (MO) or sent it (MT).",
        nullable=True,
        few_values=True,
        example="20880",
        label="Short code",
    ),
    Field(
        name="segments",
        column="segments",
        description="The number of parts in which the message was sent.",
        kind="count",
        nullable=True,
        example=1,
        label="Segments",
    ),
    Field(
        name="updatedAt",
        column="updated_at",
        description="The ledger's time of the latest change: GMT, six digits.",
        kind="moment",
        example="2014-12-05T10:00:04.250000",
        pattern=instant.MICROS_PATTERN,
    ),
    Field(
        name="errorCode",
        column="error_code",
        description="The gateway's or the carrier's code for what went wrong.",
        nullable=True,
        example="30003",
        label="Error code",
    ),
    Field(
        name="gateway",
        column="gateway",
        description="The gateway that transmitted the message.",
        nullable=True,
        few_values=True,
        example="kannel",
        label="Gateway",
    ),
)
STANDARD = tuple(field for field in FIELDS if field.standard)
FURTHER = tuple(field for field in FIELDS if not field.standard)
BY_NAME = {field.name: field for field in FIELDS}
INCLUDABLE = tuple(field.name for field in FURTHER)


def included(names: Iterable[str], known: tuple[str, ...] = INCLUDABLE) -> tuple[str, ...]:
    """Return the names in the order of `known`, without repetitions.

    Raises:
        ValueError: a name is not known.
    """
    given = tuple(names)
    if unknown := [name for name in given if name not in known]:
        raise ValueError(f"'{unknown[0][:40]}' is not one of {', '.join(known)}")
    return tuple(name for name in known if name in given)


def columns(include: Iterable[str]) -> tuple[str, ...]:
    """Return the names of a file's columns."""
    return (*(field.name for field in STANDARD), *included(include))

"""One row of JSON or CSV -> a Message or a Receipt, or why it is neither.

Whatever is wrong concerns that row only and names its field; nothing here raises for content.
"""

import json
import re
from typing import Annotated, Any, TypeVar

import msgspec

from smsledger.intake.repeated_key import repeated_key
from smsledger.ledger import instant
from smsledger.ledger.model import (
    FIRST_STATUS,
    MAX_ID,
    DeliveryStatus,
    Message,
    MessageType,
    Receipt,
    Rejected,
)
from smsledger.ledger.numbers import is_number
from smsledger.ledger.retention import MAX_AHEAD

MAX_BODY_CHARACTERS = 10_000

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID)]
Body = Annotated[str, msgspec.Meta(max_length=MAX_BODY_CHARACTERS)]
Name = Annotated[str, msgspec.Meta(max_length=100)]
Digits = Annotated[str, msgspec.Meta(max_length=30)]
Whole = Annotated[int, msgspec.Meta(ge=0, le=10**18)]
Segments = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]


class MessageRow(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The fields of an ingested message, as on the wire.

    `updated_at` is accepted because an export with `include=updatedAt` has it, and dropped: it
    is the ledger's own.
    """

    id: Id
    type: Name
    number: Digits | Whole
    body: Body
    date: Name | None = None
    delivery_status: Name | None = None
    network: Name | None = None
    short_code: Name | Whole | None = None
    gateway: Name | None = None
    segments: Segments | None = None
    error_code: Name | Whole | None = None
    updated_at: Name | None = None


class ReceiptRow(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The fields of an ingested receipt, as on the wire."""

    id: Id
    delivery_status: Name
    date: Name | None = None
    number: Digits | Whole | None = None
    network: Name | None = None
    gateway: Name | None = None
    error_code: Name | Whole | None = None
    text: Text | None = None


class DateBounds(msgspec.Struct, frozen=True):
    """The instants between which a row's date may lie, both inclusive."""

    earliest: int
    latest: int

    @classmethod
    def at(cls, now: int, retention_days: int) -> "DateBounds":
        """From the retention limit to a day ahead: clocks differ, and gateways batch."""
        return cls(now - retention_days * instant.DAY, now + MAX_AHEAD)


class _Unfit(Exception):
    def __init__(self, field: str, code: str, message: str) -> None:
        self.rejected = Rejected(field, code, message)


Row = TypeVar("Row", MessageRow, ReceiptRow)
COLUMNS = MessageRow.__struct_encode_fields__
_message_row = msgspec.json.Decoder(MessageRow).decode
_receipt_row = msgspec.json.Decoder(ReceiptRow).decode
# JSON has no other way to write one: a control character must be escaped.
_NUL = rb"\u0000"
_FIELD_AT = re.compile(r" - at `\$\.(\w+)[^`]*`$")
_FIELD_NAMED = re.compile(r"field `([^`]*)`")


def message(raw: bytes | msgspec.Raw, bounds: DateBounds) -> Message | Rejected:
    """The message of a JSON object."""
    try:
        row = _message_row(raw)
        _check_json(bytes(raw), row)
        return _message(row, bounds)
    except (msgspec.MsgspecError, RecursionError) as error:
        return _why(bytes(raw), error)
    except _Unfit as unfit:
        return unfit.rejected


def receipt(raw: bytes | msgspec.Raw, bounds: DateBounds) -> Receipt | Rejected:
    """The receipt of a JSON object."""
    try:
        row = _receipt_row(raw)
        _check_json(bytes(raw), row)
        return _receipt(row, bounds)
    except (msgspec.MsgspecError, RecursionError) as error:
        return _why(bytes(raw), error)
    except _Unfit as unfit:
        return unfit.rejected


def message_of_columns(columns: dict[str, str], bounds: DateBounds) -> Message | Rejected:
    """The message of a CSV row, by column name; an empty column is an absent field."""
    given = {name: text for name, text in columns.items() if text or name == "body"}
    try:
        row = msgspec.convert(given, MessageRow, strict=False)
        _check_texts(row)
        return _message(row, bounds)
    except msgspec.ValidationError as error:
        return _invalid(error)
    except _Unfit as unfit:
        return unfit.rejected


def _message(row: MessageRow, bounds: DateBounds) -> Message:
    message_type = _word(MessageType, row.type, "type")
    return Message(
        id=row.id,
        type=message_type,
        delivery_status=_status_of(message_type, row.delivery_status),
        number=_number(row.number),
        body=row.body,
        date=_date(row.date, bounds),
        network=row.network or None,
        short_code=_optional_text(row.short_code),
        gateway=row.gateway or None,
        segments=row.segments,
        error_code=_optional_text(row.error_code),
    )


def _receipt(row: ReceiptRow, bounds: DateBounds) -> Receipt:
    return Receipt(
        id=row.id,
        delivery_status=_word(DeliveryStatus, row.delivery_status, "deliveryStatus"),
        date=_date(row.date, bounds),
        number=None if row.number is None else _number(row.number),
        network=row.network or None,
        gateway=row.gateway or None,
        error_code=_optional_text(row.error_code),
        text=row.text,
    )


Word = TypeVar("Word", MessageType, DeliveryStatus)


def _word(words: type[Word], text: str, field: str) -> Word:
    try:
        return words(text)
    except ValueError:
        known = ", ".join(word.value for word in words)
        code = "invalid_type" if words is MessageType else "invalid_status"
        raise _Unfit(field, code, f"'{text}' is not one of {known}") from None


def _status_of(message_type: MessageType, text: str | None) -> DeliveryStatus:
    if text is None:
        return FIRST_STATUS[message_type]
    status = _word(DeliveryStatus, text, "deliveryStatus")
    if not status.fits(message_type):
        reason = f"{text} is not a status of {message_type.value} messages"
        raise _Unfit("deliveryStatus", "status_mismatch", reason)
    return status


def _number(given: str | int) -> str:
    number = str(given).removeprefix("+")
    if not is_number(number):
        raise _Unfit("number", "invalid_number", "the number must be 3 to 20 digits")
    return number


def _date(text: str | None, bounds: DateBounds) -> int | None:
    if text is None:
        return None
    try:
        date = instant.parse(text).first
    except ValueError as error:
        raise _Unfit("date", "invalid_date", str(error)) from None
    if not bounds.earliest <= date <= bounds.latest:
        reason = "the date is beyond retention or over 24 hours ahead"
        raise _Unfit("date", "date_out_of_range", reason)
    return date


def _optional_text(given: str | int | None) -> str | None:
    return None if given is None or given == "" else str(given)


def _check_json(raw: bytes, row: MessageRow | ReceiptRow) -> None:
    _check_keys(raw)
    if _NUL in raw:
        _check_texts(row)


def _check_keys(raw: bytes) -> None:
    """The parser takes the last of two values and says nothing."""
    key = repeated_key(raw)
    if key is not None:
        raise _Unfit(key, "duplicate_field", f"the field {key} is given twice")


def _check_texts(row: MessageRow | ReceiptRow) -> None:
    for attribute, name in zip(row.__struct_fields__, row.__struct_encode_fields__, strict=True):
        text = getattr(row, attribute)
        if isinstance(text, str) and "\0" in text:
            raise _Unfit(name, "invalid_text", f"{name} holds a NUL character")


def _why(raw: bytes, error: Exception) -> Rejected:
    try:
        _check_keys(raw)
    except _Unfit as unfit:
        return unfit.rejected
    if isinstance(error, msgspec.ValidationError):
        return _invalid(error)
    field = _unencodable_field(raw)
    if field is not None:
        return Rejected(field, "invalid_text", f"{field} is not Unicode: it holds a lone surrogate")
    return Rejected(None, "invalid_json", "the row is not a JSON object")


def _invalid(error: msgspec.ValidationError) -> Rejected:
    text = str(error)
    if named := _FIELD_NAMED.search(text):
        field, kind = named[1], "missing" if "missing" in text else "unknown"
        return Rejected(field, f"{kind}_field", f"the field {field} is {kind}")
    at = _FIELD_AT.search(text)
    reason = _FIELD_AT.sub("", text).replace("`", "")
    return Rejected(at[1] if at else None, "invalid_field", reason)


def _unencodable_field(raw: bytes) -> str | None:
    """The field of a row whose text no UTF-8 can hold: the fast parser does not say which."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    items: dict[str, Any] = row if isinstance(row, dict) else {}
    return next((name for name, value in items.items() if _is_broken(value)), None)


def _is_broken(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False

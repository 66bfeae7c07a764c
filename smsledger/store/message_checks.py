"""Check a stored message: the checks that need nothing but its own rows.

`smsledger verify`, `copy`, `backup` and exports use these and no others. No mismatch repeats the
text of a message or a whole number.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from smsledger.errors import StoreDamaged
from smsledger.ledger import instant, message_json
from smsledger.ledger.model import DeliveryStatus
from smsledger.store.check_value import check_value_of
from smsledger.store.stored_message import StoredMessage
from smsledger.store.tables import HISTORY, MESSAGE, Row

_CHANGE = HISTORY.columns.index("change")
_STATUS = HISTORY.columns.index("delivery_status")
_SHOWN = 40  # characters of a value


class Mismatch(msgspec.Struct, frozen=True):
    """A check that failed, with the value that it expects and the one that it found."""

    check: str
    expected: str
    found: str


def message_of(row: Row) -> StoredMessage:
    """Return the message of a row as it is, valid or not."""
    return StoredMessage(**dict(zip(MESSAGE.columns, row, strict=True)))


def row_mismatches(program_id: int, stored: StoredMessage) -> Iterator[Mismatch]:
    """Yield the mismatches of a message's row; a missing check value is not a mismatch."""
    if stored.check_value is not None:
        expected = check_value_of(program_id, stored)
        if expected != stored.check_value:
            yield Mismatch("check_value", _hexadecimal(expected), _hexadecimal(stored.check_value))
    try:
        fragment = message_json.read(stored.fragment)
    except (msgspec.DecodeError, UnicodeDecodeError):
        yield Mismatch("fragment", "a JSON object of six fields", "something else")
        return
    if fragment.number != stored.number:
        yield Mismatch("fragment", "the number of the column", "another number")
    pairs = (
        ("type", stored.type, fragment.type),
        ("deliveryStatus", stored.delivery_status, fragment.deliveryStatus),
        ("date", _date(stored.date), fragment.date),
        ("network", stored.network, fragment.network),
    )
    for name, column, rendered in pairs:
        if column != rendered:
            yield Mismatch("fragment", f"{name} {_shown(column)}", f"{name} {_shown(rendered)}")


def history_mismatches(stored: StoredMessage, entries: Sequence[Row]) -> Iterator[Mismatch]:
    """Yield what is wrong between a message and its history, up to the message's latest change."""
    known = [entry for entry in entries if entry[_CHANGE] <= stored.change]
    latest = max((stored.serial, *(entry[_CHANGE] for entry in known)))
    if latest != stored.change:
        yield Mismatch("history", f"an entry of change {stored.change}", f"the last is {latest}")
    statuses = [stored.first_status, *(entry[_STATUS] for entry in known)]
    try:
        status = _highest([DeliveryStatus(status) for status in statuses if status is not None])
    except ValueError:
        yield Mismatch("history", "delivery statuses", "another word")
        return
    if status != stored.delivery_status:
        yield Mismatch("status", _shown(status.value), _shown(stored.delivery_status))


def require_sound(program_id: int, rows: Iterable[Row]) -> None:
    """Check that messages are as they were written.

    Raises:
        StoreDamaged: a message is damaged.
    """
    for row in rows:
        stored = message_of(row)
        for mismatch in row_mismatches(program_id, stored):
            raise StoreDamaged(f"program {program_id}, serial {stored.serial}: {mismatch.check}")


def _highest(statuses: list[DeliveryStatus]) -> DeliveryStatus:
    highest = statuses[0]
    for status in statuses:
        if status.outranks(highest):
            highest = status
    return highest


def _date(date: int) -> str:
    try:
        return instant.render_seconds(date)
    except (OverflowError, ValueError, TypeError):
        return "out of range"


def _hexadecimal(value: int) -> str:
    return f"{value % 2**64:016x}"


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()[:_SHOWN]

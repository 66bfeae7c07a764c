"""A row with bytes that are not UTF-8 -> its rejection, with the field and the first such byte.

Nothing is stored in place of such bytes: the sender meant a character, and only the sender knows
which one.
"""

import json
from typing import Any

from smsledger.ledger.model import Rejected


def rejection_of(row: bytes, start: int) -> Rejected | None:
    """Return the rejection of a row of JSON that is not UTF-8, or None if it is UTF-8.

    Args:
        row: the row as it was written.
        start: the offset of the row in its body or file.
    """
    try:
        row.decode()
    except UnicodeDecodeError as error:
        return rejection(_field(row), start + error.start)
    return None


def rejection(field: str | None, offset: int) -> Rejected:
    """Return the rejection of a row whose first byte that is not UTF-8 is at `offset`.

    Args:
        field: the field that holds the byte; None if that is not known.
        offset: from the beginning of the body or file, which has offset 0.
    """
    return Rejected(field, "invalid_text", f"{field or 'the row'} is not UTF-8 at byte {offset}")


def _field(row: bytes) -> str | None:
    """Return the field that holds the first byte that is not UTF-8.

    The row is read twice, once with such bytes replaced and once without them. The first field in
    which the two differ is the one. None if the two have different names there, or if the row is
    not a JSON object anyway.
    """
    text = row.decode("utf-8", "surrogateescape")
    try:
        replaced, removed = (_fields(text.encode("utf-8", how)) for how in ("replace", "ignore"))
        for (name, value), (other_name, other_value) in zip(replaced, removed, strict=True):
            if name != other_name:
                return None
            if value != other_value:
                return name
    except (ValueError, RecursionError):
        return None
    return None


def _fields(row: bytes) -> tuple[tuple[str, Any], ...]:
    """Return the names and values of an object in their order, also of a name given twice.

    Objects are read as tuples, and lists stay lists. Numbers stay text: Python refuses to convert
    integers of thousands of digits, and NaN differs from itself.
    """
    fields = json.loads(row.decode(), object_pairs_hook=tuple, parse_int=str, parse_constant=str)
    return fields if isinstance(fields, tuple) else ()

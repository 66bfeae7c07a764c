"""A row of JSON -> the key that it holds twice. JSON leaves open which of the two values counts."""

import json
from collections.abc import Sequence

import msgspec

_SPACE = b" \t\n\r"
_read = msgspec.json.Decoder().decode


def repeated_key(row: bytes) -> str | None:
    r"""Return the first key that an object of the row holds twice, or None.

    Keys are compared as they read: `"\u006eumber"` is `"number"`. A row that is not JSON has none.

    Every key of the row is followed by a colon, with or without white space between. So the row
    holds at most as many keys as `":` occurs in it without its white space. If that many different
    keys were read from its outermost object, no key is there twice, on any level. In other rows
    (a text that holds `":`, an object within the object) the keys themselves are compared, which
    takes some ten times as long.
    """
    try:
        outermost = _read(row)
    except (msgspec.MsgspecError, RecursionError):
        outermost = None
    if isinstance(outermost, dict) and len(outermost) == row.translate(None, _SPACE).count(b'":'):
        return None
    return _compared(row)


def _compared(row: bytes) -> str | None:
    repeated: list[str] = []

    def compare(pairs: Sequence[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                repeated.append(key)
            seen.add(key)

    try:
        # Integers stay text: Python refuses to convert those of thousands of digits.
        json.loads(row, object_pairs_hook=compare, parse_int=str, strict=False)
    except (ValueError, RecursionError):
        return None
    return repeated[0] if repeated else None

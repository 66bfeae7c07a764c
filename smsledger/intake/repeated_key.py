"""Finds keys that a JSON row contains twice: JSON does not define which value counts."""

import json
from collections.abc import Sequence

import msgspec

_SPACE = b" \t\n\r"
_read = msgspec.json.Decoder().decode


def repeated_key(row: bytes) -> str | None:
    r"""Return the first key that an object of the row contains twice, or None.

    Keys are compared after unescaping: `"\u006eumber"` is `"number"`. The result for a row that is
    not JSON is None.

    A colon follows every key, so a row without its white space contains at most as many keys as
    `":`. If its outermost object has that many different keys, no key is repeated on any level. For
    other rows (a text with `":`, a nested object) the keys themselves are compared, which takes
    about ten times as long.
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

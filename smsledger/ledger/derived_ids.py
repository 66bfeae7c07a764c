"""Ids for messages that came without one, derived from their content.

The same messages get the same ids the next time, in whatever file or answer they come.
"""

import hashlib
from collections import Counter
from typing import Any

import msgspec

from smsledger.ledger import instant

# What makes two rows the same message. The status and the network may be known later.
_IDENTITY = ("type", "number", "body", "date")


class DerivedIds:
    """Gives ids, equal rows being counted. Holds eight bytes of digest and a count for each."""

    def __init__(self) -> None:
        self._seen: Counter[int] = Counter()

    def of(self, row: dict[str, Any]) -> str:
        """The id of the next row with this content."""
        digest = hashlib.sha256(msgspec.json.encode([_plain(row, name) for name in _IDENTITY]))
        key = int.from_bytes(digest.digest()[:8], "big")
        self._seen[key] += 1
        return f"file-{digest.hexdigest()[:32]}-{self._seen[key]}"


def _plain(row: dict[str, Any], name: str) -> object:
    value = row.get(name)
    if name == "date" and isinstance(value, str):
        try:
            return instant.parse(value).first
        except ValueError:
            return value
    if name == "number":
        return str(value).removeprefix("+")
    return value or None

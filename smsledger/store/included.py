"""What `include` adds to the six fields of a message."""

from collections.abc import Sequence
from typing import Any

import msgspec

from smsledger import instant

# The wire's name and the column.
_COLUMNS = {
    "id": "id",
    "shortCode": "short_code",
    "segments": "segments",
    "updatedAt": "updated_at",
    "errorCode": "error_code",
    "gateway": "gateway",
}
_encode = msgspec.json.encode


def columns(include: tuple[str, ...]) -> list[str]:
    """The columns of the table `message` that hold the fields."""
    return [_COLUMNS[name] for name in include]


def widened(fragment: bytes, include: tuple[str, ...], values: Sequence[Any]) -> bytes:
    """The fragment with the fields at its end; `values` are those of their columns."""
    if not include:
        return fragment
    added = (
        b',"%s":%s' % (name.encode(), _encode(_shown(name, value)))
        for name, value in zip(include, values, strict=True)
    )
    return b"%s%s}" % (fragment[:-1], b"".join(added))


def _shown(name: str, value: Any) -> Any:
    return instant.render_micros(value) if name == "updatedAt" else value

"""NDJSON lines -> the values of each message, in the order of the columns."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec


class Lines:
    """Reads messages whose fields stand in any order; absent ones are null, others are skipped."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        message = msgspec.defstruct("Message", [(name, Any, None) for name in columns])
        self._decode = msgspec.json.Decoder(message).decode_lines

    def rows(self, lines: bytes) -> Iterator[tuple[Any, ...]]:
        """One tuple of values for each line.

        Raises:
            ValueError: a line is not a JSON object.
        """
        try:
            messages = self._decode(lines)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._leniently(lines)
        return map(msgspec.structs.astuple, messages)

    # The standard library reads half a surrogate pair, which the original API may send and
    # msgspec refuses. It is four times slower, so only such a batch goes this way.
    def _leniently(self, lines: bytes) -> Iterator[tuple[Any, ...]]:
        for line in lines.split(b"\n"):
            if line.strip():
                message = json.loads(line)
                if not isinstance(message, dict):
                    raise ValueError("a line is not a message")
                yield tuple(map(message.get, self._columns))


def text(value: Any) -> str | None:
    """The value as a cell's text: a text as it is, null as None, anything else as its JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def utf8(written: str) -> bytes:
    r"""UTF-8, which half a surrogate pair has none of: it is written as its escape, `\ud83d`."""
    return written.encode("utf-8", "backslashreplace")

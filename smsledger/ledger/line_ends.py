r"""Escapes characters in JSON that some readers treat as the end of a line.

JSON requires escapes for all characters that may end a line, except three: U+0085, U+2028 and
U+2029. `str.splitlines()` and `httpx`'s `iter_lines()` split a line at them. As escapes (`\u2028`)
they mean the same.
"""

CHARACTERS = ("\u0085", "\u2028", "\u2029")
ESCAPES = {char: f"\\u{ord(char):04x}" for char in CHARACTERS}
_ESCAPED = tuple((char.encode(), escape.encode()) for char, escape in ESCAPES.items())


def escape_line_ends(json: bytes) -> bytes:
    """Return the JSON with the three characters escaped; they can only occur in its strings."""
    if json.isascii():
        return json
    for char, escape in _ESCAPED:
        json = json.replace(char, escape)
    return json

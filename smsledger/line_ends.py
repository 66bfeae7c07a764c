r"""JSON that every reader of lines takes for one line.

JSON escapes all control characters that end a line somewhere, except three: U+0085, U+2028 and
U+2029. They may stand in a text as they are, and `str.splitlines()` and `httpx`'s `iter_lines()`
cut the line there. As escapes (`\u2028`) they mean the same.
"""

CHARACTERS = ("\u0085", "\u2028", "\u2029")
ESCAPES = {char: f"\\u{ord(char):04x}" for char in CHARACTERS}
_ESCAPED = tuple((char.encode(), escape.encode()) for char, escape in ESCAPES.items())


def escape_line_ends(json: bytes) -> bytes:
    """Return the JSON with the three characters as escapes; they can only stand in its texts."""
    if json.isascii():
        return json
    for char, escape in _ESCAPED:
        json = json.replace(char, escape)
    return json

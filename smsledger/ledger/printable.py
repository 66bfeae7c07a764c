"""Escapes characters of texts from outside that could control a terminal.

A sender, a name or a file name may contain control characters (ESC, C1), characters that change
the direction of text, or line ends.
"""

import unicodedata

# Texts in Persian and in Indic scripts, and some emoji, need the two joiners.
_JOINERS = "\u200c\u200d"


def printable(text: str, keep: str = "") -> str:
    r"""Return the text with non-printable characters escaped, as in `\x1b`, `\u202e`.

    Args:
        text: of any origin.
        keep: characters of the caller's own layout, such as line feeds, which stay.
    """
    if text.isprintable():
        return text
    return "".join(c if _is_shown(c) or c in keep else _escape(c) for c in text)


def printable_json(text: str) -> str:
    """Return the JSON with the same characters escaped in its strings; its values do not change."""
    if text.isprintable():
        return text
    return "".join(c if _is_shown(c) or c == "\n" else _json_escape(c) for c in text)


def _is_shown(character: str) -> bool:
    is_space = unicodedata.category(character) == "Zs"
    return character.isprintable() or is_space or character in _JOINERS


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))

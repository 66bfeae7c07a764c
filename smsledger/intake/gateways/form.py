"""A query string, percent-decoded to bytes and no further: which characters they are comes later.

Kannel and its like put UTF-16 beside UTF-8 into one query string; whatever decodes it as a whole
spoils one of them.
"""

from urllib.parse import unquote_to_bytes

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def fields(form: bytes) -> dict[str, bytes]:
    """The fields by name, each as its bytes; of a name given twice, the first counts."""
    found: dict[str, bytes] = {}
    for pair in form.split(b"&"):
        name, _, value = pair.partition(b"=")
        found.setdefault(text(_decoded(name)), _decoded(value))
    return found


def text(value: bytes, charset: str = "utf-8") -> str:
    """The characters of a field that can be stored; U+FFFD for bytes that are none, and for NUL.

    Args:
        value: the field's bytes.
        charset: a Python codec that never yields a lone surrogate.
    """
    return value.decode(charset, "replace").replace("\0", _REPLACEMENT)


def _decoded(value: bytes) -> bytes:
    return unquote_to_bytes(value.replace(b"+", b" "))

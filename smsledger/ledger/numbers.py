"""Numbers of handsets and short codes, as the ledger writes them."""

import re

_NUMBER = re.compile(r"[0-9]{3,20}")


def is_number(text: str) -> bool:
    """Return whether the text is a handset's number in our form: 3 to 20 digits, no plus."""
    return _NUMBER.fullmatch(text) is not None


def plain_code(short_code: str | None) -> str:
    """Return the short code without a plus: gateways write both `+20880` and `20880`."""
    return (short_code or "").lstrip("+")

"""What is an e-mail address, for a setting and for a form alike."""

import re

_LONGEST = 254  # characters
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")


def address_of(text: str) -> str:
    """An e-mail address by the rule of browsers; one that can stand in any header as it is.

    Source: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address

    Raises:
        ValueError: it is none, or longer than mail servers take.
    """
    address = text.strip()
    if len(address) > _LONGEST or not _ADDRESS.fullmatch(address):
        raise ValueError("an address such as name@example.com")
    return address

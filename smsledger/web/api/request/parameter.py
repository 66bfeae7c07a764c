"""One query parameter: how it is read, and what is said of it."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from smsledger.ledger.fields import included

_INTEGER = re.compile(r"[0-9]{1,18}")


class Parameter(msgspec.Struct, frozen=True):
    """One query parameter: its wire name, the field it fills, how it is read, what it says.

    `parse` takes the text and returns the field's value, or raises ValueError with the reason,
    which is then told under `code`, with `hint`. A repeatable one is given the list of all texts.
    `schema` is its JSON Schema.

    A comma-separated list is a string with a pattern there, not an array with `explode: false`:
    half of the client generators overlook that word, and repeat the parameter.
    """

    name: str
    field: str
    parse: Callable[[Any], Any]
    schema: dict[str, Any]
    description: str
    repeatable: bool = False
    code: str = "invalid_parameter"
    hint: str | None = None


def integer(lowest: int, highest: int | None) -> Callable[[str], int]:
    """Reads an integer between two bounds, both inclusive."""
    bounds = f"an integer from {lowest}" + (f" to {highest}" if highest is not None else " upwards")

    def parse(text: str) -> int:
        value = int(text) if _INTEGER.fullmatch(text) else -1
        if value < lowest or (highest is not None and value > highest):
            raise ValueError(f"it must be {bounds}")
        return value

    return parse


def yes(text: str) -> bool:
    """Reads true or false."""
    if text not in {"true", "false"}:
        raise ValueError("it must be true or false")
    return text == "true"


def words(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Reads a comma-separated list of known words, in the order of `known`, each once."""

    def parse(text: str) -> tuple[str, ...]:
        return included(text.split(","), known)

    return parse

"""How the values of filters are read and written: a closed set of kinds."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Literal

import msgspec

from smsledger.ledger.fields import included

MAX_NUMBERS = 100
MAX_NAMES = 50
MAX_NAMES_CHARACTERS = 1000  # of all of them together
_NUMBER = re.compile(r"[0-9]{1,20}")
Control = Literal["select", "boxes", "dropdown", "number", "text"]


class FilterKind(msgspec.Struct, frozen=True, kw_only=True):
    """How the value of a filter is read and written.

    `parse` reads the text of the parameter, or all its texts if it is `repeatable`, and raises
    ValueError with the reason. `texts` returns the texts of a value, and `schema` is their JSON
    Schema. `word` is the type of a value that is a single word. `nullable`: the value may hold
    None, for messages that have none. `control` is what the console's form shows: a `dropdown` has
    a box for each value that is there, and an empty one.
    """

    parse: Callable[[Any], Any]
    texts: Callable[[Any], list[str]]
    schema: dict[str, Any]
    control: Control
    word: type[StrEnum] | None = None
    repeatable: bool = False
    nullable: bool = False


def list_schema(known: Iterable[str]) -> dict[str, Any]:
    """Return the JSON Schema of a comma-separated list of known words."""
    one = "|".join(known)
    return {"type": "string", "pattern": f"^({one})(,({one}))*$"}


def one_of(words: type[StrEnum]) -> FilterKind:
    """Return the kind of one of the words, in any letter case."""

    def parse(text: str) -> StrEnum:
        if text.upper() not in words.__members__:
            raise ValueError(f"it must be {' or '.join(words)}")
        return words(text.upper())

    schema = {"type": "string", "enum": list(words)}
    return FilterKind(
        parse=parse, texts=lambda word: [word], schema=schema, control="select", word=words
    )


def some_of(words: type[StrEnum]) -> FilterKind:
    """Return the kind of some of the words, separated by commas."""
    known = tuple(word.value for word in words)
    return FilterKind(
        parse=lambda text: tuple(map(words, included(text.split(","), known))),
        texts=_joined,
        schema=list_schema(known),
        control="boxes",
    )


def handset_numbers() -> FilterKind:
    """Return the kind of numbers of handsets, separated by commas."""

    def parse(text: str) -> tuple[str, ...]:
        # An unescaped + arrives as a space.
        numbers = {item.removeprefix("+").removeprefix(" ") for item in text.split(",")}
        if len(numbers) > MAX_NUMBERS:
            raise ValueError(f"at most {MAX_NUMBERS} numbers can be asked for at once")
        if not all(_NUMBER.fullmatch(number) for number in numbers):
            raise ValueError("each number must be 1 to 20 digits")
        return tuple(sorted(numbers))

    schema = {"type": "string", "pattern": r"^[+ ]?[0-9]{1,20}(,[+ ]?[0-9]{1,20}){0,99}$"}
    return FilterKind(parse=parse, texts=_joined, schema=schema, control="number")


def names(plural: str, control: Control = "text") -> FilterKind:
    """Return the kind of texts that are repeated; the empty text is for messages without a name."""

    def parse(texts: list[str]) -> tuple[str | None, ...]:
        named = sorted({text for text in texts if text})
        if len(named) > MAX_NAMES or len("".join(named)) > MAX_NAMES_CHARACTERS:
            limits = f"{MAX_NAMES} {plural} of {MAX_NAMES_CHARACTERS} characters together"
            raise ValueError(f"at most {limits} can be asked for at once")
        return (None, *named) if "" in texts else tuple(named)

    return FilterKind(
        parse=parse,
        texts=lambda names: [name or "" for name in names],
        schema={"type": "array", "items": {"type": "string"}},
        control=control,
        repeatable=True,
        nullable=True,
    )


def _joined(values: Iterable[str]) -> list[str]:
    return [",".join(values)]

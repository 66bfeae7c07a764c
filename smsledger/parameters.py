"""The query parameters of a page: how each is read, and what is said of it.

The table PARAMETERS is the only list of them: parsing, hints and the OpenAPI document read it.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from smsledger import cursor as cursors
from smsledger import instant
from smsledger.model import DeliveryStatus, MessageType
from smsledger.query import (
    INCLUDABLE,
    MAX_NETWORKS,
    MAX_NETWORKS_CHARACTERS,
    MAX_NUMBERS,
    MAX_PAGE_SIZE,
)

_INTEGER = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"[0-9]{1,20}")


class Parameter(msgspec.Struct, frozen=True):
    """One query parameter: its wire name, the field it fills, how it is read, what it says.

    `parse` takes the text and returns the field's value, or raises ValueError with the reason.
    A repeatable one is given the list of all texts. `schema` is its JSON Schema.

    A comma-separated list is a string with a pattern there, not an array with `explode: false`:
    half of the client generators overlook that word, and repeat the parameter.
    """

    name: str
    field: str
    parse: Callable[[Any], Any]
    schema: dict[str, Any]
    description: str
    repeatable: bool = False


def _message_type(text: str) -> MessageType:
    if text.upper() not in MessageType.__members__:
        raise ValueError("it must be MO or MT")
    return MessageType(text.upper())


def _first(text: str) -> int:
    return instant.parse(text).first


def _last(text: str) -> int:
    return instant.parse(text).last


def _integer(lowest: int, highest: int | None) -> Callable[[str], int]:
    bounds = f"an integer from {lowest}" + (f" to {highest}" if highest else " upwards")

    def parse(text: str) -> int:
        value = int(text) if _INTEGER.fullmatch(text) else -1
        if value < lowest or (highest and value > highest):
            raise ValueError(f"it must be {bounds}")
        return value

    return parse


def _statuses(text: str) -> tuple[DeliveryStatus, ...]:
    words = text.split(",")
    unknown = [word for word in words if word not in _STATUS_WORDS]
    if unknown:
        raise ValueError(f"'{unknown[0][:40]}' is none of {', '.join(_STATUS_WORDS)}")
    return tuple(status for status in DeliveryStatus if status in words)


def _numbers(text: str) -> tuple[str, ...]:
    # An unescaped + arrives as a space.
    numbers = {item.removeprefix("+").removeprefix(" ") for item in text.split(",")}
    if len(numbers) > MAX_NUMBERS:
        raise ValueError(f"at most {MAX_NUMBERS} numbers can be asked for at once")
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        raise ValueError("each number must be 1 to 20 digits")
    return tuple(sorted(numbers))


def _networks(texts: list[str]) -> tuple[str | None, ...]:
    named = sorted({text for text in texts if text})
    if len(named) > MAX_NETWORKS or len("".join(named)) > MAX_NETWORKS_CHARACTERS:
        limits = f"{MAX_NETWORKS} networks of {MAX_NETWORKS_CHARACTERS} characters together"
        raise ValueError(f"at most {limits} can be asked for at once")
    return (None, *named) if "" in texts else tuple(named)


def _include(text: str) -> tuple[str, ...]:
    names = text.split(",")
    unknown = [name for name in names if name not in INCLUDABLE]
    if unknown:
        raise ValueError(f"'{unknown[0][:40]}' is none of {', '.join(INCLUDABLE)}")
    return tuple(name for name in INCLUDABLE if name in names)


_STATUS_WORDS = tuple(status.value for status in DeliveryStatus)
_DATE_SCHEMA = {"type": "string", "pattern": instant.DATE_PATTERN}


def _list_of(words: tuple[str, ...]) -> dict[str, Any]:
    one = "|".join(words)
    return {"type": "string", "pattern": f"^({one})(,({one}))*$"}


PARAMETERS = (
    Parameter(
        "messageType",
        "message_type",
        _message_type,
        {"type": "string", "enum": list(MessageType)},
        "MO or MT, in any letter case; absent: both.",
    ),
    Parameter(
        "startDate",
        "start",
        _first,
        _DATE_SCHEMA,
        "YYYY-MM-DDTHH:MM:SS, GMT, inclusive; absent: the first retained message.",
    ),
    Parameter(
        "endDate",
        "end",
        _last,
        _DATE_SCHEMA,
        "YYYY-MM-DDTHH:MM:SS, GMT, inclusive to the precision given; absent: the last message.",
    ),
    Parameter(
        "pageSize",
        "page_size",
        _integer(1, MAX_PAGE_SIZE),
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE},
        "Messages on a page; absent: 50, or the server's setting.",
    ),
    Parameter(
        "page",
        "page",
        _integer(1, None),
        {"type": "integer", "minimum": 1},
        "The page's number, for clients that count pages; follow nextPageUrl instead.",
    ),
    Parameter(
        "deliveryStatus",
        "delivery_statuses",
        _statuses,
        _list_of(_STATUS_WORDS),
        f"One or more of {', '.join(_STATUS_WORDS)}, comma-separated; absent: all.",
    ),
    Parameter(
        "number",
        "numbers",
        _numbers,
        {"type": "string", "pattern": r"^[+ ]?[0-9]{1,20}(,[+ ]?[0-9]{1,20}){0,99}$"},
        "One or more handset numbers, comma-separated; absent: all.",
    ),
    Parameter(
        "network",
        "networks",
        _networks,
        {"type": "array", "items": {"type": "string"}},
        "One exact network; may be repeated; empty: messages whose network is not known.",
        repeatable=True,
    ),
    Parameter(
        "include",
        "include",
        _include,
        _list_of(INCLUDABLE),
        f"Further fields of each message, comma-separated: {', '.join(INCLUDABLE)}.",
    ),
    Parameter(
        "cursor",
        "cursor",
        cursors.decode,
        {"type": "string", "maxLength": cursors.MAX_CURSOR},
        "A place in a walk, only as handed out in a nextPageUrl.",
    ),
)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}

"""Which messages: the parameters that pages, whole exports and counts share."""

import re
from typing import Any

from smsledger.errors import Problem
from smsledger.ledger import cursor as cursors
from smsledger.ledger import instant
from smsledger.ledger.fields import INCLUDABLE
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.ledger.query import (
    MAX_NETWORKS,
    MAX_NETWORKS_CHARACTERS,
    MAX_NUMBERS,
    is_end,
    is_start,
)
from smsledger.web.api.request.parameter import Parameter, list_schema, words
from smsledger.web.api.request.query_string import Texts

_NUMBER = re.compile(r"[0-9]{1,20}")
_STATUS_WORDS = tuple(status.value for status in DeliveryStatus)
_DATE_SCHEMA = {"type": "string", "pattern": instant.DATE_PATTERN}
_read_statuses = words(_STATUS_WORDS)


def _message_type(text: str) -> MessageType:
    if text.upper() not in MessageType.__members__:
        raise ValueError("it must be MO or MT")
    return MessageType(text.upper())


def _first(text: str) -> int:
    return instant.parse(text).first


def _last(text: str) -> int:
    return instant.parse(text).last


def _statuses(text: str) -> tuple[DeliveryStatus, ...]:
    return tuple(map(DeliveryStatus, _read_statuses(text)))


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


def including(known: tuple[str, ...]) -> Parameter:
    """The parameter that adds fields to each message."""
    return Parameter(
        "include",
        "include",
        words(known),
        list_schema(known),
        f"Further fields of each message, comma-separated: {', '.join(known)}.",
    )


WINDOW: tuple[Parameter, ...] = (
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
)
DELIVERY_STATUS = Parameter(
    "deliveryStatus",
    "delivery_statuses",
    _statuses,
    list_schema(_STATUS_WORDS),
    f"One or more of {', '.join(_STATUS_WORDS)}, comma-separated; absent: all.",
)
NETWORK = Parameter(
    "network",
    "networks",
    _networks,
    {"type": "array", "items": {"type": "string"}},
    "One exact network; may be repeated; empty: messages whose network is not known.",
    repeatable=True,
)
FILTERS: tuple[Parameter, ...] = (
    DELIVERY_STATUS,
    Parameter(
        "number",
        "numbers",
        _numbers,
        {"type": "string", "pattern": r"^[+ ]?[0-9]{1,20}(,[+ ]?[0-9]{1,20}){0,99}$"},
        "One or more handset numbers, comma-separated; absent: all.",
    ),
    NETWORK,
    including(INCLUDABLE),
)


def combined(values: dict[str, Any]) -> list[Problem]:
    """What is wrong with both dates together."""
    start, end = values.get("start"), values.get("end")
    if start is None or end is None or start <= end:
        return []
    return [Problem("invalid_parameter", "startDate is after endDate.", "startDate")]


def merge_dates(given: Texts, retention_days: int) -> None:
    """Keep one of several dates that all resolve to the date in the cursor's walk.

    A nextPageUrl has resolved dates: the retention limit in place of an earlier startDate. A
    client that adds its own dates to every nextPageUrl gives both, and means one.
    """
    starts, ends = given.get("startDate", []), given.get("endDate", [])
    if "cursor" not in given or max(len(starts), len(ends)) < 2:
        return
    try:
        walk = cursors.decode(given["cursor"][0]).walk
        one_start = all(is_start(_first(text), walk, retention_days) for text in starts)
        one_end = all(is_end(_last(text), walk) for text in ends)
    except ValueError:
        return  # the parameters are read again, and refused by their names
    if one_start:
        del starts[1:]
    if one_end:
        del ends[1:]

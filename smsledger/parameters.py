"""Query string -> PageRequest. All that is wrong is reported at once, each by its name.

The table PARAMETERS is the only list of them: parsing, hints, nextPageUrl and the OpenAPI
document all read it.
"""

import difflib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from smsledger import cursor as cursors
from smsledger import instant
from smsledger.errors import InvalidRequest, Problem, UriTooLong
from smsledger.model import DeliveryStatus, MessageType
from smsledger.query import INCLUDABLE, MAX_NUMBERS, MAX_OFFSET, MAX_PAGE_SIZE, PageRequest

MAX_QUERY = 16 * 1024
_PROGRAM_ID = re.compile(r"[1-9][0-9]{0,17}")
_INTEGER = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_BEGIN_ANEW = "Use a nextPageUrl as it was handed out, or begin a new walk."


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


def program_id_of(text: str) -> int:
    """The program id in a path.

    Raises:
        InvalidRequest: not a positive integer of at most 18 digits.
    """
    if not _PROGRAM_ID.fullmatch(text):
        raise InvalidRequest(
            Problem("invalid_path", "The program id must be a positive integer.", "programId")
        )
    return int(text)


def parse_page_request(query: bytes, default_page_size: int) -> PageRequest:
    """The parameters of a page; beside a cursor, an absent pageSize stays absent.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    given = _split(query)
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, texts in given.items():
        try:
            parameter = _known(name, texts)
            values[parameter.field] = parameter.parse(texts if parameter.repeatable else texts[0])
        except _Refused as refusal:
            problems.append(refusal.problem)
        except cursors.InvalidCursor as error:
            problems.append(Problem("invalid_cursor", f"{name}: {error}.", name, _BEGIN_ANEW))
        except ValueError as error:
            problems.append(Problem("invalid_parameter", f"{name}: {error}.", name))
    if "cursor" not in given:
        values.setdefault("page_size", default_page_size)
    problems += _combined(values)
    if problems:
        raise InvalidRequest(*problems)
    return PageRequest(**values)


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _split(query: bytes) -> dict[str, list[str]]:
    if len(query) > MAX_QUERY:
        raise UriTooLong(MAX_QUERY)
    if not query:
        return {}
    given: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        problem = Problem("invalid_parameter", "The query string is not percent-encoded UTF-8.")
        raise InvalidRequest(problem) from error
    for name, text in pairs:
        if "\0" in text:
            problem = Problem("invalid_parameter", f"{name[:40]} holds a NUL.", name[:40])
            raise InvalidRequest(problem)
        given.setdefault(name, []).append(text)
    return given


def _known(name: str, texts: list[str]) -> Parameter:
    parameter = _BY_NAME.get(name)
    if parameter is None:
        raise _Refused(
            Problem(
                "unknown_parameter", f"There is no parameter '{name[:40]}'.", name[:40], _near(name)
            )
        )
    if not parameter.repeatable and len(texts) > 1:
        raise _Refused(Problem("repeated_parameter", f"{name} is given {len(texts)} times.", name))
    if not parameter.repeatable and not texts[0]:
        raise _Refused(
            Problem(
                "invalid_parameter", f"{name} is empty.", name, f"Leave {name} out to mean all."
            )
        )
    return parameter


def _near(name: str) -> str | None:
    folded = {known.casefold(): known for known in _BY_NAME}
    near = difflib.get_close_matches(name.casefold()[:40], folded, n=1)
    return f"Did you mean {folded[near[0]]}?" if near else None


def _combined(values: dict[str, Any]) -> list[Problem]:
    """What is wrong with two parameters together."""
    problems = []
    start, end = values.get("start"), values.get("end")
    if start is not None and end is not None and start > end:
        problems.append(Problem("invalid_parameter", "startDate is after endDate.", "startDate"))
    if "page_size" in values and "cursor" not in values and (problem := _too_deep(values)):
        problems.append(problem)
    return problems


def _too_deep(values: dict[str, Any]) -> Problem | None:
    offset = (values.get("page", 1) - 1) * values["page_size"]
    if offset <= MAX_OFFSET:
        return None
    return Problem(
        "page_too_deep",
        f"page counts to {MAX_OFFSET} messages only.",
        "page",
        "Follow meta.nextPageUrl instead: its cost does not grow with depth.",
    )


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
_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}

"""Path and query string -> PageRequest. All that is wrong is reported at once, each by its name."""

import difflib
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from smsledger import cursor as cursors
from smsledger.errors import InvalidRequest, Problem, UriTooLong
from smsledger.parameters import BY_NAME, Parameter
from smsledger.query import MAX_OFFSET, PageRequest

# Room for the nextPageUrl of the largest request there can be: a test walks it.
MAX_QUERY = 32 * 1024
_PROGRAM_ID = re.compile(r"[1-9][0-9]{0,17}")
_BEGIN_ANEW = "Use a nextPageUrl as it was handed out, or begin a new walk."


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
    given: dict[str, list[str]] = {}
    # What is no UTF-8 becomes lone surrogates, which are refused under their parameter's name.
    text = query.decode("ascii", "surrogateescape")
    for name, value in _pairs(text):
        given.setdefault(name, []).append(value)
    return given


def _pairs(query: str) -> Iterable[tuple[str, str]]:
    """Names and texts; a query without escapes, as most are, needs no decoding."""
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    return (_pair(each) for each in query.split("&") if each)


def _pair(item: str) -> tuple[str, str]:
    name, _, text = item.partition("=")
    return name, text


def _known(name: str, texts: list[str]) -> Parameter:
    parameter = BY_NAME.get(name)
    if parameter is None:
        name = name[:40].encode("utf-8", "backslashreplace").decode()
        raise _Refused(
            Problem(
                "unknown_parameter", f"There is no parameter '{name[:40]}'.", name[:40], _near(name)
            )
        )
    if not parameter.repeatable and len(texts) > 1:
        raise _Refused(Problem("repeated_parameter", f"{name} is given {len(texts)} times.", name))
    if not parameter.repeatable and not texts[0]:
        raise _Refused(
            Problem("invalid_parameter", f"{name} is empty.", name, f"Leave {name} out instead.")
        )
    if not all(_is_text(text) for text in texts):
        reason = f"{name} is not percent-encoded UTF-8, or holds a NUL."
        raise _Refused(Problem("invalid_parameter", reason, name))
    return parameter


def _is_text(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _near(name: str) -> str | None:
    folded = {known.casefold(): known for known in BY_NAME}
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

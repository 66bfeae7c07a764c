"""Query string -> values, by a table of parameters. All that is wrong is reported at once."""

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from smsledger.errors import InvalidRequest, Problem, UriTooLong
from smsledger.ledger.fields import included

# Room for the nextPageUrl of the largest request there can be: a test walks it.
MAX_QUERY = 32 * 1024
_INTEGER = re.compile(r"[0-9]{1,18}")


class Parameter(msgspec.Struct, frozen=True):
    """One query parameter: its wire name, the field it fills, how it is read, its description.

    `parse` takes the text and returns the field's value, or raises ValueError with the reason,
    which the error reports under `code`, with `hint`. A repeatable one is given the list of all
    texts. `schema` is its JSON Schema.

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


Texts = dict[str, list[str]]
Values = dict[str, Any]
Table = dict[str, Parameter]
Check = Callable[[Values], list[Problem]]


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


def table_of(parameters: tuple[Parameter, ...]) -> Table:
    """The table of the parameters."""
    return {parameter.name: parameter for parameter in parameters}


def read(query: bytes, table: Table, check: Check) -> Values:
    """The values of the parameters that are given, by the fields of the table.

    Args:
        query: as it came.
        table: all parameters that there are.
        check: what is wrong with several values together; it may add what is absent.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    return values_of(split(query), table, check)


def values_of(given: Texts, table: Table, check: Check) -> Values:
    """Return the parsed values by field, as `read` does.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
    """
    problems: list[Problem] = []
    values: Values = {}
    for name, texts in given.items():
        try:
            parameter = _known(table, name, texts)
            values[parameter.field] = _value(parameter, texts)
        except _Refused as refusal:
            problems.append(refusal.problem)
    problems += check(values)
    if problems:
        raise InvalidRequest(*problems)
    return values


def split(query: bytes) -> Texts:
    """All texts of each name.

    Raises:
        UriTooLong: the query is over the limit.
    """
    if len(query) > MAX_QUERY:
        raise UriTooLong(MAX_QUERY)
    given: Texts = {}
    # What is no UTF-8 becomes lone surrogates, which are refused under their parameter's name.
    text = query.decode("ascii", "surrogateescape")
    for name, value in _pairs(text):
        given.setdefault(name, []).append(value)
    return given


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _pairs(query: str) -> Iterable[tuple[str, str]]:
    """Names and texts; a query without escapes, as most are, needs no decoding."""
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    return (_pair(each) for each in query.split("&") if each)


def _pair(item: str) -> tuple[str, str]:
    name, _, text = item.partition("=")
    return name, text


def _known(table: Table, name: str, texts: list[str]) -> Parameter:
    parameter = table.get(name)
    if parameter is None:
        shown = name[:40].encode("utf-8", "backslashreplace").decode()[:40]
        message = f"There is no parameter '{shown}'."
        raise _Refused(Problem("unknown_parameter", message, shown, _near(table, shown)))
    if not parameter.repeatable and not any(texts):
        raise _Refused(
            Problem("invalid_parameter", f"{name} is empty.", name, f"Leave {name} out instead.")
        )
    if not all(_is_text(text) for text in texts):
        reason = f"{name} is not percent-encoded UTF-8, or holds a NUL."
        raise _Refused(Problem("invalid_parameter", reason, name))
    return parameter


def _value(parameter: Parameter, texts: list[str]) -> Any:
    name = parameter.name
    if not parameter.repeatable and len(set(texts)) > 1 and not _are_equal(parameter, texts):
        message = f"{name} is given {len(texts)} times, with different values."
        raise _Refused(Problem("repeated_parameter", message, name, f"Give {name} once."))
    try:
        return parameter.parse(texts if parameter.repeatable else texts[0])
    except ValueError as error:
        problem = Problem(parameter.code, f"{name}: {error}.", name, parameter.hint)
        raise _Refused(problem) from error


def _are_equal(parameter: Parameter, texts: list[str]) -> bool:
    """Whether all texts have one value, as when a client adds its own to those of a nextPageUrl.

    The value of an endDate is the last instant that it includes: 10:00:44 is 10:00:44.999999.
    """
    try:
        values = [parameter.parse(text) for text in texts]
    except ValueError:
        return False
    return all(value == values[0] for value in values)


def _is_text(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _near(table: Table, name: str) -> str | None:
    folded = {known.casefold(): known for known in table}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"Did you mean {folded[near[0]]}?" if near else None

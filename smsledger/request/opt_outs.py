"""What is asked of the opt-outs of a short code."""

import re

from smsledger.errors import InvalidRequest, Problem
from smsledger.formats import Format, by_name
from smsledger.request.parameter import Parameter
from smsledger.request.query_string import Values, read, table_of

FORMATS = ("ndjson", "csv")
SHORT_CODE_PATTERN = r"\+?[0-9A-Za-z]{1,20}"
_SHORT_CODE = re.compile(SHORT_CODE_PATTERN)


def _format(text: str) -> Format:
    if text not in FORMATS:
        raise ValueError(f"'{text[:40]}' is none of {', '.join(FORMATS)}")
    return by_name(text)


PARAMETERS = (
    Parameter(
        "format",
        "format",
        _format,
        {"type": "string", "enum": list(FORMATS)},
        "The form of the answer; absent: ndjson.",
    ),
)
_TABLE = table_of(PARAMETERS)


def short_code_of(text: str) -> str:
    """The short code in a path.

    Raises:
        InvalidRequest: it cannot be one.
    """
    if not _SHORT_CODE.fullmatch(text):
        message = "The short code must be 1 to 20 digits or letters."
        raise InvalidRequest(Problem("invalid_path", message, "shortCode"))
    return text


def parse_opt_outs_request(query: bytes) -> Format:
    """The form in which opt-outs are asked for.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    form: Format = read(query, _TABLE, _nothing).get("format", by_name(FORMATS[0]))
    return form


def _nothing(_values: Values) -> list[Problem]:
    return []

"""What is asked of the opt-outs of a short code."""

import re

from smsledger.errors import InvalidRequest, Problem
from smsledger.formats import Format, by_name
from smsledger.ledger.numbers import plain_code
from smsledger.web.api.request.query_string import Parameter, Values, read, table_of

FORMATS = ("ndjson", "csv")
SHORT_CODE_PATTERN = r"\+?[0-9A-Za-z]{1,20}"
_WRITTEN = "1 to 20 digits or letters"
_SHORT_CODE = re.compile(SHORT_CODE_PATTERN)


def _format(text: str) -> Format:
    if text not in FORMATS:
        raise ValueError(f"'{text[:40]}' is not one of {', '.join(FORMATS)}")
    return by_name(text)


def _short_code(text: str) -> str:
    # A plus that nobody escaped comes as a space.
    if not _SHORT_CODE.fullmatch(text.strip()):
        raise ValueError(f"it must be {_WRITTEN}")
    return plain_code(text.strip())


PARAMETERS = (
    Parameter(
        "format",
        "format",
        _format,
        {"type": "string", "enum": list(FORMATS)},
        "The form of the answer; absent: ndjson.",
    ),
)
_CODE = Parameter(
    "code",
    "code",
    _short_code,
    {"type": "string", "pattern": f"^{SHORT_CODE_PATTERN}$"},
    "The number that handsets write to.",
)
_TABLE = table_of(PARAMETERS)
_DOWNLOAD = table_of((_CODE, *PARAMETERS))


def asked_code(text: str) -> str:
    """The short code in a path, without a plus.

    Raises:
        InvalidRequest: it cannot be one.
    """
    try:
        return _short_code(text)
    except ValueError as error:
        problem = Problem("invalid_path", f"The short code must be {_WRITTEN}.", "shortCode")
        raise InvalidRequest(problem) from error


def parse_opt_outs_request(query: bytes) -> Format:
    """The form in which opt-outs are asked for.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    form: Format = read(query, _TABLE, lambda _: []).get("format", by_name(FORMATS[0]))
    return form


def parse_download(query: bytes) -> tuple[str, Format]:
    """The short code, without a plus, and the form of a download; both are in the query.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """
    values = read(query, _DOWNLOAD, _require_code)
    return values["code"], values.get("format", by_name(FORMATS[0]))


def _require_code(values: Values) -> list[Problem]:
    return [] if "code" in values else [Problem("invalid_parameter", "code is missing.", "code")]

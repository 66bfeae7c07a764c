"""What is asked of a whole export."""

import msgspec

from smsledger.errors import Problem
from smsledger.formats import FORMATS, by_name
from smsledger.ledger import cursor as cursors
from smsledger.ledger.walk import PageRequest, window_problems
from smsledger.web.api.request import filters
from smsledger.web.api.request.query_string import Parameter, Values, read, table_of, yes

_NAMES = tuple(known.name for known in FORMATS)
_RESUMABLE = tuple(known.name for known in FORMATS if known.resumable)
_YES_SCHEMA = {"type": "string", "enum": ["true", "false"]}


PARAMETERS = (
    Parameter(
        "format",
        "format",
        lambda text: by_name(text).name,
        {"type": "string", "enum": list(_NAMES)},
        "The form of the answer; absent: what Accept asks for, else ndjson.",
    ),
    *filters.WINDOW,
    *filters.NARROWING,
    filters.INCLUDE,
    Parameter(
        "manifest",
        "manifest",
        yes,
        _YES_SCHEMA,
        "true: one more line at the end says how many messages there were, and their digest.",
    ),
    Parameter(
        "checkpoints",
        "checkpoints",
        yes,
        _YES_SCHEMA,
        "true: every 10,000 messages at the latest the answer says where to resume from.",
    ),
    Parameter(
        "resume",
        "resume",
        cursors.decode,
        {"type": "string", "maxLength": cursors.MAX_CURSOR},
        "Where a broken export goes on, as one of its checkpoints said.",
        code="invalid_cursor",
        hint="Use what a checkpoint of an export said, or begin anew without it.",
    ),
)
_TABLE = table_of(PARAMETERS)


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole export as asked for: which messages, beside a cursor if it resumes, and how."""

    walk: PageRequest
    format: str
    manifest: bool
    checkpoints: bool


def parse_export_request(query: bytes, accepted: str) -> ExportRequest:
    """The parameters of a whole export.

    Args:
        query: as it came.
        accepted: the format that the request accepts, if it does not name one.

    Raises:
        InvalidRequest: with one problem for each thing that is wrong.
        UriTooLong: the query is over the limit.
    """

    def check(values: Values) -> list[Problem]:
        values.setdefault("format", accepted)
        return [*window_problems(values.get("start"), values.get("end")), *_unfit(values)]

    values = read(query, _TABLE, check)
    how = {name: values.pop(name, False) for name in ("format", "manifest", "checkpoints")}
    return ExportRequest(walk=PageRequest(cursor=values.pop("resume", None), **values), **how)


def _unfit(values: Values) -> list[Problem]:
    """What the format cannot do."""
    problems = []
    able = {"manifest": ("ndjson",), "checkpoints": _RESUMABLE, "resume": _RESUMABLE}
    for name, formats in able.items():
        if values.get(name) and values["format"] not in formats:
            message = f"{name} goes with {' and '.join(formats)} only."
            problems.append(Problem("invalid_parameter", message, name))
    return problems

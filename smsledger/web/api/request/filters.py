"""Which messages: the parameters that pages, whole exports and counts share."""

from smsledger.ledger import instant
from smsledger.ledger.fields import INCLUDABLE
from smsledger.ledger.filter_kinds import list_schema
from smsledger.ledger.filters import FILTERS, Filter
from smsledger.web.api.request.query_string import Parameter, words

_DATE_SCHEMA = {"type": "string", "pattern": instant.DATE_PATTERN}


def including(known: tuple[str, ...]) -> Parameter:
    """The parameter that adds fields to each message."""
    return Parameter(
        "include",
        "include",
        words(known),
        list_schema(known),
        f"Further fields of each message, comma-separated: {', '.join(known)}.",
    )


def _parameter(entry: Filter) -> Parameter:
    return Parameter(
        entry.parameter,
        entry.field,
        entry.kind.parse,
        entry.kind.schema,
        entry.description,
        repeatable=entry.kind.repeatable,
    )


_MESSAGE_TYPE, *_OTHERS = FILTERS
WINDOW: tuple[Parameter, ...] = (
    _parameter(_MESSAGE_TYPE),
    Parameter(
        "startDate",
        "start",
        instant.first,
        _DATE_SCHEMA,
        "YYYY-MM-DDTHH:MM:SS, GMT, inclusive; absent: the first retained message.",
    ),
    Parameter(
        "endDate",
        "end",
        instant.last,
        _DATE_SCHEMA,
        "YYYY-MM-DDTHH:MM:SS, GMT, inclusive to the precision given; absent: the last message.",
    ),
)
# Of all filters but the message type, and of those that counts are kept by.
NARROWING = tuple(map(_parameter, _OTHERS))
COUNTED = tuple(_parameter(entry) for entry in _OTHERS if entry.counted)
INCLUDE = including(INCLUDABLE)

"""A message's row -> its JSON, in SQL: what was rendered once, and what is added when asked for.

Everything is bytes: SQLite would decode and encode text once more on its way out.
"""

from smsledger.ledger.fields import FURTHER, Field
from smsledger.ledger.line_ends import ESCAPES

_TIME = (
    "strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000000, 'unixepoch') || printf('.%06d', {0} % 1000000)"
)
_HISTORY = f"""(
    SELECT json_group_array(json_object(
        'change', change, 'deliveryStatus', delivery_status,
        'date', CASE WHEN date IS NULL THEN NULL ELSE {_TIME.format("date")} END,
        'recordedAt', {_TIME.format("recorded_at")}, 'network', network, 'gateway', gateway,
        'errorCode', error_code, 'text', text
    ) ORDER BY change)
    FROM status_history
    WHERE program_id = message.program_id AND serial = message.serial
)"""


def _one_line(json: str) -> str:
    """The JSON with what ends a line elsewhere as escapes, like that of the fragments."""
    for char, escape in ESCAPES.items():
        json = f"replace({json}, char({ord(char)}), '{escape}')"
    return json


def _text(column: str) -> str:
    """A text as JSON; ASCII, which most are, has no need of a search."""
    is_ascii = f"octet_length({column}) IS length({column})"
    quoted = f"json_quote({column})"
    return f"iif({is_ascii}, {quoted}, {_one_line(quoted)})"


def _field(field: Field) -> str:
    column = field.column
    match field.kind:
        case "count":
            return f"json_quote({column})"
        case "moment":
            rendered = f"'\"' || {_TIME.format(column)} || '\"'"
            return f"coalesce({rendered}, 'null')" if field.nullable else rendered
    return _text(column)


_FIELDS = {each.name: _field(each) for each in FURTHER} | {"history": _one_line(_HISTORY)}
_SIX = "substr(fragment, 2, length(fragment) - 2)"
_HEAD = f"'{{\"id\":' || {_FIELDS['id']} || ',\"change\":' || change"
TOMBSTONE = f"CAST({_HEAD} || ',\"erased\":true}}' AS BLOB)"


def message(include: tuple[str, ...]) -> str:
    """The six fields and those that are asked for."""
    return f"CAST('{{' || {_SIX}{_added(include)} || '}}' AS BLOB)" if include else "fragment"


def entry(include: tuple[str, ...]) -> str:
    """The id and the change, then the same."""
    added = _added(tuple(name for name in include if name != "id"))
    return f"CAST({_HEAD} || ',' || {_SIX}{added} || '}}' AS BLOB)"


def _added(include: tuple[str, ...]) -> str:
    return "".join(f" || ',\"{name}\":' || {_FIELDS[name]}" for name in include)

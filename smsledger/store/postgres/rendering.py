"""A message's row -> its JSON, in SQL: what was rendered once, and what is added when asked for.

Everything is bytes: text would be checked and copied once more on its way out.
"""

from smsledger.ledger.fields import FURTHER, Field
from smsledger.ledger.line_ends import ESCAPES

_TIME = (
    "to_char(timestamp '1970-01-01' + {0} * interval '1 microsecond',"
    " 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
)
_HISTORY = f"""(
    SELECT coalesce(json_agg(said ORDER BY said.change), '[]')::text
    FROM (
        SELECT change, delivery_status AS "deliveryStatus", {_TIME.format("date")} AS date,
               {_TIME.format("recorded_at")} AS "recordedAt", network, gateway,
               error_code AS "errorCode", text
        FROM status_history
        WHERE program_id = $1 AND serial = message.serial
    ) AS said
)"""


def _one_line(json: str) -> str:
    """The JSON with what ends a line elsewhere as escapes, like that of the fragments."""
    for char, escape in ESCAPES.items():
        json = f"replace({json}, chr({ord(char)}), '{escape}')"
    return json


def _text(column: str) -> str:
    """A text as JSON; ASCII, which most are, has no need of a search."""
    quoted = f"to_json({column})::text"
    is_ascii = f"octet_length({column}) = length({column})"
    return f"CASE WHEN {is_ascii} THEN {quoted} ELSE coalesce({_one_line(quoted)}, 'null') END"


def _field(field: Field) -> str:
    column = field.column
    match field.kind:
        case "count":
            return f"coalesce({column}::text, 'null')"
        case "moment":
            rendered = f"'\"' || {_TIME.format(column)} || '\"'"
            return f"coalesce({rendered}, 'null')" if field.nullable else rendered
    return _text(column)


_FIELDS = {each.name: _field(each) for each in FURTHER} | {"history": _one_line(_HISTORY)}
_HEAD = f"'{{\"id\":' || {_FIELDS['id']} || ',\"change\":' || change"
TOMBSTONE = f"convert_to({_HEAD} || ',\"erased\":true}}', 'UTF8')"


def message(include: tuple[str, ...]) -> str:
    """The six fields and those that are asked for."""
    if not include:
        return "fragment"
    return f"substr(fragment, 1, length(fragment) - 1) || {_tail(include)}"


def entry(include: tuple[str, ...]) -> str:
    """The id and the change, then the same."""
    head = f"convert_to({_HEAD} || ',', 'UTF8')"
    added = tuple(name for name in include if name != "id")
    six = f"substr(fragment, 2, length(fragment) - 2) || {_tail(added)}"
    return f"{head} || {six}"


def _tail(include: tuple[str, ...]) -> str:
    added = "".join(f"',\"{name}\":' || {_FIELDS[name]} || " for name in include)
    return f"convert_to({added}'}}', 'UTF8')"

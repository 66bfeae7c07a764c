"""A message's row -> its JSON, in SQL: what was rendered once, and what is added when asked for.

Everything is bytes: text would be checked and copied once more on its way out.
"""

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
_FIELDS = {
    "id": "to_json(id)::text",
    "shortCode": "coalesce(to_json(short_code)::text, 'null')",
    "segments": "coalesce(segments::text, 'null')",
    "updatedAt": f"'\"' || {_TIME.format('updated_at')} || '\"'",
    "errorCode": "coalesce(to_json(error_code)::text, 'null')",
    "gateway": "coalesce(to_json(gateway)::text, 'null')",
    "history": _HISTORY,
}
_HEAD = "'{\"id\":' || to_json(id)::text || ',\"change\":' || change"
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

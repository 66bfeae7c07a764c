"""A message's row -> its JSON, in SQL: what was rendered once, and what is added when asked for.

Everything is bytes: SQLite would decode and encode text once more on its way out.
"""

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
_FIELDS = {
    "id": "json_quote(id)",
    "shortCode": "json_quote(short_code)",
    "segments": "json_quote(segments)",
    "updatedAt": f"'\"' || {_TIME.format('updated_at')} || '\"'",
    "errorCode": "json_quote(error_code)",
    "gateway": "json_quote(gateway)",
    "history": _HISTORY,
}
_SIX = "substr(fragment, 2, length(fragment) - 2)"
_HEAD = "'{\"id\":' || json_quote(id) || ',\"change\":' || change"
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

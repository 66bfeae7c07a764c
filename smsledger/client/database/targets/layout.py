"""The table of messages and the table of states: the same in every database."""

from typing import Literal

import msgspec

from smsledger.client.http.answer import Message
from smsledger.ledger.fields import FIELDS, INCLUDABLE

STATES = "smsledger_state"
STAGED = "smsledger_staged"
# A date is GMT, without a zone.
_TYPES = {"text": "text", "count": "integer", "moment": "timestamp"}
# Column, type, and the field of the wire.
_FIELDS = (
    ("id", "text", "id"),
    ("change", "bigint", "change"),
    *((each.column, _TYPES[each.kind], each.name) for each in FIELDS if each.name != "id"),
)
INCLUDE = tuple(name for name in INCLUDABLE if name != "id")
COLUMNS = {"program_id": "bigint"} | {column: kind for column, kind, _ in _FIELDS}
STAGED_COLUMNS = {column: kind for column, kind, _ in _FIELDS} | {"erased": "boolean"}
_WIRE = tuple(field for _, _, field in _FIELDS)

Row = tuple[str | int | bool | None, ...]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far a program's rows are.

    `token` is the feed's, or, where `kind` is windows, the date until which all was read.
    """

    base: str
    kind: Literal["changes", "windows"]
    token: str


def row(entry: Message) -> Row:
    """The row to stage for an entry of the feed, a tombstone too."""
    return (*map(entry.get, _WIRE), entry.get("erased") is True)


def create_messages(table: str) -> str:
    """SQL that makes the table of messages."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    return f"CREATE TABLE {table} ({columns}, PRIMARY KEY (program_id, id))"


def create_states(table: str) -> str:
    """SQL that makes the table of states, where there is none."""
    return (
        f"CREATE TABLE IF NOT EXISTS {table} (table_name text, program_id bigint, base_url text,"
        " kind text, token text, written_at timestamp, PRIMARY KEY (table_name, program_id))"
    )


def create_staged() -> str:
    """SQL that makes the temporary table through which rows come."""
    columns = ", ".join(f"{name} {kind}" for name, kind in STAGED_COLUMNS.items())
    return f"CREATE TEMPORARY TABLE {STAGED} ({columns})"


def upsert(table: str) -> str:
    """SQL that puts the staged messages of program $1 into the table; equal rows stay untouched."""
    names = ", ".join(COLUMNS)
    values = ", ".join(list(COLUMNS)[1:])
    changing = [name for name in COLUMNS if name not in {"program_id", "id"}]
    settings = ", ".join(f"{name} = excluded.{name}" for name in changing)
    differs = " OR ".join(f"m.{name} IS DISTINCT FROM excluded.{name}" for name in changing)
    return (
        f"INSERT INTO {table} AS m ({names}) SELECT $1::bigint, {values} FROM {STAGED}"
        f" WHERE NOT erased ON CONFLICT (program_id, id) DO UPDATE SET {settings} WHERE {differs}"
    )


def erase(table: str) -> str:
    """SQL that deletes the staged tombstones' messages of program $1."""
    erased = f"SELECT id FROM {STAGED} WHERE erased"
    return f"DELETE FROM {table} WHERE program_id = $1 AND id IN ({erased})"


def delete_window(table: str) -> str:
    """SQL that deletes what is not staged of program $1, from $2 to $3, both inclusive."""
    return (
        f"DELETE FROM {table} WHERE program_id = $1 AND date >= $2::timestamp"
        f" AND date <= $3::timestamp AND id NOT IN (SELECT id FROM {STAGED})"
    )

"""The log of exports, and when credentials were last used."""

from collections.abc import Mapping
from typing import Any

import apsw
import msgspec

from smsledger.ledger.export_log import ExportEntry, LogQuery, Progress
from smsledger.ledger.instant import LATEST
from smsledger.store.sqlite.queries import SQL


def enter(connection: apsw.Connection, entry: ExportEntry) -> None:
    """Enter an export; one that is there stays as it is."""
    connection.execute(SQL.insert_export, msgspec.structs.astuple(entry))


def is_there(connection: apsw.Connection, export_id: bytes) -> bool:
    """Whether an export is in the log."""
    return bool(connection.execute(SQL.has_export, (export_id,)).get)


def follow(connection: apsw.Connection, progress: list[Progress]) -> None:
    """Write down how far exports have got."""
    connection.executemany(SQL.update_export, map(msgspec.structs.asdict, progress))


def listing(connection: apsw.Connection, query: LogQuery) -> list[ExportEntry]:
    """Entries, newest first."""
    began_at, export_id = query.before or (LATEST, b"")
    values = {
        "began_at": began_at,
        "export_id": export_id,
        "limit": query.limit,
        "username": query.username,
        "program_id": query.program_id,
    }
    return [_entry(row) for row in connection.execute(_sql(query), values)]


def note_uses(connection: apsw.Connection, uses: Mapping[str, int]) -> None:
    """Write down when credentials were used, but for those that are gone."""
    values = ({"username": username, "used_at": used_at} for username, used_at in uses.items())
    connection.executemany(SQL.note_use, values)


def last_uses(connection: apsw.Connection) -> dict[str, int]:
    """When each credential was last used, by user name."""
    rows: list[Any] = connection.execute(SQL.last_uses).fetchall()
    return dict(rows)


def _sql(query: LogQuery) -> str:
    sql: str = SQL.exports
    if query.username is not None:
        sql = SQL.exports_by
    elif query.program_id is not None:
        sql = SQL.exports_of
    return sql


def _entry(row: tuple[Any, ...]) -> ExportEntry:
    fields = dict(zip(ExportEntry.__struct_fields__, row, strict=True))
    return ExportEntry(**{**fields, "complete": bool(fields["complete"])})

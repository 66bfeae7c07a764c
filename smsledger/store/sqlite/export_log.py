"""Writes the log of exports, and when credentials were last used."""

from collections.abc import Mapping

import apsw
import msgspec

from smsledger.ledger.export_log import ExportEntry, Progress
from smsledger.store.sqlite.queries import SQL


def enter(connection: apsw.Connection, entry: ExportEntry) -> None:
    """Enter an export; one that is there stays as it is."""
    connection.execute(SQL.insert_export, msgspec.structs.astuple(entry))


def follow(connection: apsw.Connection, progress: list[Progress]) -> None:
    """Write down how far exports have got."""
    connection.executemany(SQL.update_export, map(msgspec.structs.asdict, progress))


def note_uses(connection: apsw.Connection, uses: Mapping[str, int]) -> None:
    """Write down when credentials were used, but for those that are gone."""
    values = ({"username": username, "used_at": used_at} for username, used_at in uses.items())
    connection.executemany(SQL.note_use, values)

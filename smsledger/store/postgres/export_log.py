"""The log of exports, and when credentials were last used."""

from collections.abc import Mapping

import msgspec

from smsledger.ledger.export_log import ExportEntry, LogQuery, Progress
from smsledger.ledger.instant import LATEST
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.database import Database
from smsledger.store.postgres.queries import SQL
from smsledger.store.postgres.shared_task import SharedTask


class Entering:
    """Enters exports: those that wait together are committed together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[ExportEntry] = []
        self._committing: SharedTask[None] = SharedTask()

    async def enter(self, entry: ExportEntry) -> None:
        """Return when the export is in the log, durably; one that is there stays as it is."""
        self._waiting.append(entry)
        await self._committing.run_after(self._commit)

    async def _commit(self) -> None:
        entries, self._waiting = self._waiting, []
        # In the order of their ids, so that no two processes deadlock.
        rows = sorted(map(msgspec.structs.astuple, entries))
        columns = list(zip(*rows, strict=True))

        async def insert(connection: Connection) -> None:
            await connection.execute(SQL.insert_export, *columns)

        await self._database.transact(insert)


async def is_there(connection: Connection, export_id: bytes) -> bool:
    """Whether an export is in the log."""
    return bool(await connection.fetchval(SQL.has_export, export_id))


async def follow(connection: Connection, progress: list[Progress]) -> None:
    """Write down how far exports have got."""
    await connection.execute(SQL.lock_exports, [each.export_id for each in progress])
    rows = map(msgspec.structs.astuple, progress)
    await connection.execute(SQL.update_export, *zip(*rows, strict=True))


async def listing(connection: Connection, query: LogQuery) -> list[ExportEntry]:
    """Entries, newest first."""
    values = (*(query.before or (LATEST, b"")), query.limit)
    if query.username is not None:
        by = (query.username, query.program_id)
        rows = await connection.fetch(SQL.exports_by, *values, *by)
    elif query.program_id is not None:
        rows = await connection.fetch(SQL.exports_of, *values, query.program_id)
    else:
        rows = await connection.fetch(SQL.exports, *values)
    return [ExportEntry(**row) for row in rows]


async def note_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    """Write down when credentials were used, but for those that are gone."""
    await connection.execute(SQL.note_use, list(uses), list(uses.values()))


async def last_uses(connection: Connection) -> dict[str, int]:
    """When each credential was last used, by user name."""
    return dict(await connection.fetch(SQL.last_uses))

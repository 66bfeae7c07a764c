"""Writes the log of exports, and when credentials were last used."""

from collections.abc import Mapping

import msgspec

from smsledger.ledger.export_log import ExportEntry, Progress
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.database import Database
from smsledger.store.postgres.queries import SQL
from smsledger.store.shared_task import SharedTask


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


async def follow(connection: Connection, progress: list[Progress]) -> None:
    """Write down how far exports have got."""
    await connection.execute(SQL.lock_exports, [each.export_id for each in progress])
    rows = map(msgspec.structs.astuple, progress)
    await connection.execute(SQL.update_export, *zip(*rows, strict=True))


async def note_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    """Write down when credentials were used, but for those that are gone."""
    await connection.execute(SQL.note_use, list(uses), list(uses.values()))

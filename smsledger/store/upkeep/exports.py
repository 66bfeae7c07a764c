"""The log of exports."""

import msgspec

from smsledger.ledger.export_log import ExportEntry, LogQuery, Progress
from smsledger.ledger.instant import LATEST
from smsledger.store.engine import Engine
from smsledger.store.session import Session
from smsledger.store.shared_task import SharedTask


class ExportWriter:
    """Enters exports in the log: those that wait together are committed together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[ExportEntry] = []
        self._committing: SharedTask[None] = SharedTask()

    async def enter(self, entry: ExportEntry) -> None:
        """Return when the export is in the log, durably; one that is there stays as it is."""
        self._waiting.append(entry)
        await self._committing.run_after(self._commit)

    async def _commit(self) -> None:
        entries, self._waiting = self._waiting, []
        await self._engine.change(enter, entries)


async def enter(db: Session, entries: list[ExportEntry]) -> None:
    """Enter exports, in the order of their ids, so that no two processes deadlock."""
    ordered = sorted(entries, key=lambda entry: entry.export_id)
    await db.bulk("insert_export", [msgspec.structs.asdict(entry) for entry in ordered])


async def follow(db: Session, progress: list[Progress]) -> None:
    """Write down how far exports have got."""
    await db.lock_rows("lock_exports", export_ids=[step.export_id for step in progress])
    await db.bulk("update_export", [msgspec.structs.asdict(step) for step in progress])


async def has(db: Session, export_id: bytes) -> bool:
    """Return whether an export is in the log."""
    return bool(await db.value("has_export", export_id=export_id))


async def listing(db: Session, query: LogQuery) -> list[ExportEntry]:
    """Return entries, newest first."""
    began_at, export_id = query.before or (LATEST, b"")
    values = {"began_at": began_at, "export_id": export_id, "limit": query.limit}
    by, of = query.username, query.program_id
    if by is not None:
        rows = await db.rows("exports_by", username=by, program_id=of, **values)
    elif of is not None:
        rows = await db.rows("exports_of", program_id=of, **values)
    else:
        rows = await db.rows("exports", **values)
    return [msgspec.convert(dict(row), ExportEntry, strict=False) for row in rows]

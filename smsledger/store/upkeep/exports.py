"""The log of exports as it is read, and when credentials were last used.

How exports are entered and followed, many at a time, is `export_log.py` of each engine.
"""

import msgspec

from smsledger.ledger.export_log import ExportEntry, LogQuery
from smsledger.ledger.instant import LATEST
from smsledger.store.session import Session


async def is_there(db: Session, export_id: bytes) -> bool:
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


async def last_uses(db: Session) -> dict[str, int]:
    """Return when each credential was last used, by user name."""
    rows = await db.rows("last_uses")
    return {row["username"]: row["last_used_at"] for row in rows}

"""Standing figures of the ledger, counted when asked for."""

import apsw

from smsledger import instant
from smsledger.store.protocol import Gauges
from smsledger.store.sqlite.queries import SQL

# Upper ends of the ages, in hours: receipts come within minutes, or within the 72 hours that
# vendors allow themselves, or never.
AGES = (1, 6, 24, 72)


def read(connection: apsw.Connection, now: int) -> Gauges:
    """All figures; MTs older than the last age are past hope and not counted."""
    ages = zip((0, *AGES), AGES, strict=False)
    return Gauges(
        unrouted=connection.execute(SQL.count_unrouted).get,
        orphans=connection.execute(SQL.count_orphans).get,
        heard=tuple(connection.execute(SQL.gateways_seen)),
        unfinished={older: _unfinished(connection, now, since, older) for since, older in ages},
    )


def _unfinished(connection: apsw.Connection, now: int, since: int, older: int) -> int:
    window = {"start": now - older * instant.HOUR, "end": now - since * instant.HOUR}
    programs = connection.execute(SQL.program_ids).fetchall()
    return sum(
        connection.execute(SQL.count_unfinished, {"program_id": program_id, **window}).get
        for (program_id,) in programs
    )

"""Standing figures of the ledger, counted when asked for."""

import apsw

from smsledger import instant
from smsledger.store.protocol import AGES, Gauges
from smsledger.store.sqlite.purge import program_ids
from smsledger.store.sqlite.queries import SQL


def read(connection: apsw.Connection, now: int) -> Gauges:
    """All figures; MTs older than the last age are past hope and not counted."""
    ages = zip((0, *AGES), AGES, strict=False)
    return Gauges(
        unrouted=connection.execute(SQL.count_unrouted).get,
        orphans=sum(
            connection.execute(SQL.count_orphans, {"program_id": program_id}).get
            for program_id in program_ids(connection)
        ),
        heard=tuple(connection.execute(SQL.gateways_seen)),
        unfinished={older: _unfinished(connection, now, since, older) for since, older in ages},
    )


def _unfinished(connection: apsw.Connection, now: int, since: int, older: int) -> int:
    window = {"start": now - older * instant.HOUR, "end": now - since * instant.HOUR}
    return sum(
        connection.execute(SQL.count_unfinished, {"program_id": program_id, **window}).get
        for program_id in program_ids(connection)
    )

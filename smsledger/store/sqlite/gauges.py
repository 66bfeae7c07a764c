"""Standing figures of the ledger, counted when asked for."""

import apsw

from smsledger.ledger import instant
from smsledger.store.protocol import AGES
from smsledger.store.sqlite.purge import program_ids
from smsledger.store.sqlite.queries import SQL


def unrouted(connection: apsw.Connection) -> int:
    """Return how many messages wait for a program."""
    count: int = connection.execute(SQL.count_unrouted).get
    return count


def orphans(connection: apsw.Connection) -> int:
    """Return how many receipts wait for their message."""
    return sum(
        connection.execute(SQL.count_orphans, {"program_id": program_id}).get
        for program_id in program_ids(connection)
    )


def heard(connection: apsw.Connection) -> tuple[tuple[str, int | None, int | None], ...]:
    """Return each gateway with the instants of its last MO and its last receipt."""
    return tuple(connection.execute(SQL.gateways_seen))


def unfinished(connection: apsw.Connection, now: int) -> dict[int, int]:
    """Return the MTs without a final status by age; older ones are not counted."""
    ages = zip((0, *AGES), AGES, strict=False)
    return {older: _unfinished(connection, now, since, older) for since, older in ages}


def _unfinished(connection: apsw.Connection, now: int, since: int, older: int) -> int:
    window = {"start": now - older * instant.HOUR, "end": now - since * instant.HOUR}
    return sum(
        connection.execute(SQL.count_unfinished, {"program_id": program_id, **window}).get
        for program_id in program_ids(connection)
    )

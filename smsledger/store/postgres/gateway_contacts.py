"""When each gateway was last heard."""

from smsledger.ledger import instant
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.database import Database

# All that a gateway says would otherwise wait for one row, which all processes share; whoever
# looks at it counts in minutes.
APART = instant.SECOND


class GatewayContacts:
    """Writes down that a gateway was heard, once a second at most."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written: dict[tuple[str, str], int] = {}

    async def record(self, sql: str, gateway: str, now: int) -> None:
        """Remember that it was heard now; `sql` says of what."""
        if now - self._written.get((sql, gateway), 0) < APART:
            return
        self._written[sql, gateway] = now

        async def write(connection: Connection) -> None:
            await connection.execute(sql, gateway, now)

        await self._database.transact(write)

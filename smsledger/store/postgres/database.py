"""The connection pool of a process: opened on the first use, and again after it breaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from smsledger.store.damage import Damage
from smsledger.store.postgres.connection import (
    CONNECT_SECONDS,
    TRY_AGAIN,
    WAIT_SECONDS,
    Connection,
    connect_to,
    translated,
)
from smsledger.store.postgres.transaction import bounded, transacted
from smsledger.store.shared_task import SharedTask

T = TypeVar("T")

BEAT_SECONDS = 5
READ_SECONDS = 60
CLOSE_SECONDS = 10
ATTEMPTS = 6
STATEMENTS = 200  # that a connection keeps prepared

# Of a session that no pooler gives to others. A plan is made once, for all values: the statements
# are written so that it fits any. And should this process fall silent, or its machine be gone, the
# server ends what it was doing, and lets go of the counters that it holds.
_SESSION = {
    "plan_cache_mode": "force_generic_plan",
    "client_connection_check_interval": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30s",
}
_Lent: TypeAlias = tuple[asyncpg.Pool, Connection]


class Database:
    """Connections to one URL, as many as are needed at a time, and no more than allowed.

    Args:
        url: where to.
        connections: at most.
        any_host: whether a replica will do too.
        check: what has to hold of the ledger whenever the pool is made anew.
        check_connection: what has to hold of every new connection; it can lead to another server
            than the connections before.
        damage: where damage is noted; once there is some, no transaction is acknowledged.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int,
        damage: Damage,
        any_host: bool = False,
        check: Callable[[], Awaitable[None]] | None = None,
        check_connection: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        self._url = url
        self._size = connections
        self._damage = damage
        self._connect = partial(connect_to, otherwise="any" if any_host else "primary")
        self._check = check
        self._check_connection = check_connection
        self._pool: asyncpg.Pool | None = None
        self._opening: SharedTask[asyncpg.Pool] = SharedTask()
        # Lent by the pool and not given back: what the pool does for each loan costs more than
        # most of our statements.
        self._idle: list[Connection] = []
        self._waiting = 0

    async def close(self) -> None:
        """Let go of all connections."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        await self._release_idle(pool)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    async def ping(self, sql: str) -> Any:
        """The answer to a question that takes no time.

        A server that does not answer it is gone, though it may not have closed a connection: all
        that waits for it is told so, and the next request looks for another.
        """
        async with self.connection() as connection:
            pool = self._pool
            try:
                return await connection.fetchval(sql, timeout=BEAT_SECONDS)
            except TimeoutError:
                if pool is self._pool:
                    self.abandon()
                raise

    def abandon(self) -> None:
        """Drop all connections; the next request looks for the database, and checks it, again."""
        pool, self._pool = self._pool, None
        self._idle.clear()
        if pool is not None:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection of the pool.

        Raises:
            Unavailable: none can be had, or what was done with it failed for the server's sake.
            StoreDamaged: what was read is damaged.
        """
        with translated(self._damage):
            pool, connection = await self._borrow()
            try:
                yield connection
            except (TimeoutError, asyncio.CancelledError):
                # To ask a silent server for an end of the statement would take as long again.
                connection.terminate()
                raise
            finally:
                await self._give_back(pool, connection)

    async def transact(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """The result of work in a transaction of its own, which is committed then.

        What fails because of another transaction is done again, a few times.

        Raises:
            Unavailable: it could not be committed; or perhaps it was.
            StoreDamaged: the database reports damage.
        """
        with translated(self._damage):
            self._damage.require_none()
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(TRY_AGAIN),
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_random(0.001, 0.1),
                reraise=True,
            ):
                with attempt:
                    result = await self._attempt(work)
                    self._damage.require_none()
                    return result
        raise AssertionError("it returned or raised")

    async def _attempt(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        pool, connection = await self._borrow()
        try:
            async with bounded(connection):
                return await transacted(connection, work)
        except asyncpg.ReadOnlySQLTransactionError:
            await self._release_idle(pool)
            await pool.expire_connections()  # look for the primary anew
            raise
        finally:
            await self._give_back(pool, connection)

    async def _borrow(self) -> _Lent:
        pool = self._pool or await self._opened()
        while self._idle:
            connection = self._idle.pop()
            if not _is_gone(connection):
                return pool, connection
            await pool.release(connection)
        self._waiting += 1
        try:
            return pool, await pool.acquire(timeout=WAIT_SECONDS)
        finally:
            self._waiting -= 1

    async def _give_back(self, pool: asyncpg.Pool, connection: Connection) -> None:
        useful = not _is_gone(connection) and not connection.is_in_transaction()
        if useful and pool is self._pool and not self._waiting:
            self._idle.append(connection)
        else:
            await pool.release(connection)

    async def _release_idle(self, pool: asyncpg.Pool) -> None:
        while self._idle:
            await pool.release(self._idle.pop())

    async def _opened(self) -> asyncpg.Pool:
        """The pool, made once for all who wait for it; if that fails, they all are told."""
        async with asyncio.timeout(WAIT_SECONDS):
            return await self._opening.join(self._open)

    async def _open(self) -> asyncpg.Pool:
        if self._check is not None:
            await self._check()
        shared = await self._is_shared()
        self._pool = await asyncpg.create_pool(
            self._url,
            connect=self._connect,
            init=self._check_connection,
            min_size=0,
            max_size=self._size,
            timeout=CONNECT_SECONDS,
            command_timeout=READ_SECONDS,
            statement_cache_size=0 if shared else STATEMENTS,
            server_settings={} if shared else _SESSION,
            reset=_reset,
        )
        return self._pool

    async def _is_shared(self) -> bool:
        """Whether a pooler stands between: then the process that greets is not the one at work.

        It may give every transaction to another session, which does not know statements that were
        prepared in the one before, and keeps no settings.
        """
        connection = await self._connect(
            self._url,
            timeout=CONNECT_SECONDS,
            command_timeout=CONNECT_SECONDS,
            statement_cache_size=0,
        )
        try:
            at_work: int = await connection.fetchval("SELECT pg_backend_pid()")
            greeting: int = connection.get_server_pid()
            return at_work != greeting
        finally:
            await connection.close()


def _is_gone(connection: Connection) -> bool:
    """Whether it was closed: the pool has then taken it back already, by itself."""
    try:
        closed: bool = connection.is_closed()
    except asyncpg.InterfaceError:
        return True
    return closed


async def _reset(connection: Connection) -> None:
    """Nothing of a session is ever changed, so nothing is to be undone, at a round trip each."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")

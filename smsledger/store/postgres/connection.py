"""Connections to PostgreSQL, and its errors in our words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from smsledger.errors import Unavailable

T = TypeVar("T")
Connection: TypeAlias = asyncpg.Connection

CONNECT_SECONDS = 5
# A request that waits longer is better told so: its sender tries again.
WAIT_SECONDS = 10
TRANSACTION_SECONDS = 30
READ_SECONDS = 60
ATTEMPTS = 6

_UNAVAILABLE = (
    OSError,  # refused, cut or timed out
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,  # it was the primary once
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.UndefinedTableError,  # not migrated yet
    asyncpg.ProtocolViolationError,  # what pgbouncer calls a server that it cannot reach
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# Another transaction was in the way, or a migration changed a table: the same once more.
_TRY_AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InvalidCachedStatementError,
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise `Unavailable` for what the server, the network or a pooler is the cause of."""
    try:
        yield
    except (*_UNAVAILABLE, *_TRY_AGAIN) as error:
        if isinstance(error, ValueError):
            raise  # an argument that cannot be encoded: a bug, though an InterfaceError too
        raise Unavailable.store() from error


async def connect(url: str, **options: Any) -> asyncpg.Connection:
    """A connection of its own, for a command; of several hosts, to the primary.

    It names no prepared statements, so that it works through any pooler.
    """
    return await asyncpg.connect(
        url, timeout=CONNECT_SECONDS, statement_cache_size=0, **_primary(url), **options
    )


class Database:
    """A pool of connections, made when it is first needed and again whenever one is lost."""

    def __init__(self, url: str, *, connections: int, any_host: bool = False) -> None:
        self._url = url
        self._size = connections
        self._options = {} if any_host else _primary(url)
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def close(self) -> None:
        """Let go of all connections."""
        if self._pool is not None:
            await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection of the pool.

        Raises:
            Unavailable: none can be had, or what was done with it failed for the server's sake.
        """
        with translated():
            pool = self._pool or await self._open()
            async with pool.acquire(timeout=WAIT_SECONDS) as connection:
                yield connection

    async def transact(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """The result of work in a transaction of its own, which is committed then.

        What fails because of another transaction is done again, a few times.
        """
        with translated():
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_TRY_AGAIN),
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_random(0.001, 0.1),
                reraise=True,
            ):
                with attempt:
                    return await self._attempt(work)
        raise AssertionError("it returned or raised")

    async def _attempt(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        pool = self._pool or await self._open()
        async with pool.acquire(timeout=WAIT_SECONDS) as connection, _bounded(connection):
            try:
                async with connection.transaction():
                    return await work(connection)
            except asyncpg.ReadOnlySQLTransactionError:
                await pool.expire_connections()  # look for the primary anew
                raise

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                # Planned once: the statements are written so that the plan fits any values.
                cache = 0 if await self._is_pooled() else 200
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._size,
                    timeout=CONNECT_SECONDS,
                    command_timeout=READ_SECONDS,
                    statement_cache_size=cache,
                    reset=_reset,
                    **self._options,
                )
        return self._pool

    async def _is_pooled(self) -> bool:
        """Whether something stands between: then the process that greets is not the one at work.

        A pooler may give every transaction to another process, which does not know statements
        that were prepared in the one before.
        """
        connection = await asyncpg.connect(
            self._url, timeout=CONNECT_SECONDS, statement_cache_size=0, **self._options
        )
        try:
            at_work: int = await connection.fetchval("SELECT pg_backend_pid()")
            greeting: int = connection.get_server_pid()
            return at_work != greeting
        finally:
            await connection.close()


@asynccontextmanager
async def _bounded(connection: Connection) -> AsyncIterator[None]:
    """End the session, should its transaction take too long; it is cut, and not cancelled.

    A commit that waits for a replica and is cancelled becomes visible without it: what was never
    acknowledged would then be found as a duplicate, acknowledged, and lost with the primary.
    """
    end = asyncio.get_running_loop().call_later(TRANSACTION_SECONDS, connection.terminate)
    try:
        yield
    finally:
        end.cancel()


def _primary(url: str) -> dict[str, Any]:
    """Of several hosts, only the primary will do; a URL may say something else."""
    return {} if "target_session_attrs" in url else {"target_session_attrs": "primary"}


async def _reset(connection: Connection) -> None:
    """Nothing of a session is ever changed, so nothing is to be undone, at a round trip each."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")

"""Connections to PostgreSQL, and its errors in our words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qs, urlsplit

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from smsledger.errors import Unavailable

T = TypeVar("T")
Connection: TypeAlias = asyncpg.Connection

CONNECT_SECONDS = 5
# A request that waits longer is better told so: its sender tries again.
WAIT_SECONDS = 10
BEAT_SECONDS = 5
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
_HOST_FAILED = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.TargetServerAttributeNotMatched,
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
    return await _connect(url, timeout=CONNECT_SECONDS, statement_cache_size=0, **options)


async def _connect(url: str, *, otherwise: str = "primary", **options: Any) -> asyncpg.Connection:
    """A connection to the one of the URL's hosts that its target_session_attrs wants.

    All hosts are asked at once. One after the other, as asyncpg does it, a host that takes
    connections and says nothing would use up the time, and nobody would get to its successor.
    """
    wanted = parse_qs(urlsplit(url).query).get("target_session_attrs", [otherwise])[0]
    if wanted != "prefer-standby":
        return await _first_of(url, target_session_attrs=wanted, **options)
    try:
        return await _first_of(url, target_session_attrs="standby", **options)
    except _HOST_FAILED:
        return await _first_of(url, target_session_attrs="any", **options)


async def _first_of(url: str, **options: Any) -> asyncpg.Connection:
    attempts = [asyncio.create_task(asyncpg.connect(each, **options)) for each in _hosts(url)]
    chosen, errors = None, []
    try:
        for attempt in asyncio.as_completed(attempts):
            try:
                chosen = await attempt
            except _HOST_FAILED as error:
                errors.append(error)
            else:
                return chosen
    finally:
        for attempt in attempts:
            attempt.add_done_callback(lambda done: _let_go(done, chosen))
            attempt.cancel()
    raise errors[-1]


def _let_go(attempt: asyncio.Task[asyncpg.Connection], chosen: asyncpg.Connection | None) -> None:
    if not attempt.cancelled() and attempt.exception() is None and attempt.result() is not chosen:
        attempt.result().terminate()


def _hosts(url: str) -> list[str]:
    """The URL once for each of its hosts."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=user + at + host).geturl() for host in hosts.split(",")]


class Database:
    """A pool of connections, made when it is first needed and again whenever one is lost."""

    def __init__(self, url: str, *, connections: int, any_host: bool = False) -> None:
        self._url = url
        self._size = connections
        self._connect = partial(_connect, otherwise="any" if any_host else "primary")
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def close(self) -> None:
        """Let go of all connections."""
        if self._pool is not None:
            await self._pool.close()

    async def beat(self, sql: str) -> Any:
        """The answer to a question that takes no time.

        A server that does not answer it is gone, though it may not have closed a connection: all
        that waits for it is told so, and the next request looks for another.
        """
        async with self.connection() as connection:
            pool = self._pool
            try:
                return await connection.fetchval(sql, timeout=BEAT_SECONDS)
            except TimeoutError:
                if pool is self._pool and pool is not None:
                    self._pool = None
                    pool.terminate()
                raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection of the pool.

        Raises:
            Unavailable: none can be had, or what was done with it failed for the server's sake.
        """
        with translated():
            pool = self._pool or await self._open()
            async with pool.acquire(timeout=WAIT_SECONDS) as connection:
                try:
                    yield connection
                except (TimeoutError, asyncio.CancelledError):
                    # To ask a silent server for an end of the statement would take as long again.
                    connection.terminate()
                    raise

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
                return await _transacted(connection, work)
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
                    connect=self._connect,
                    min_size=0,
                    max_size=self._size,
                    timeout=CONNECT_SECONDS,
                    command_timeout=READ_SECONDS,
                    statement_cache_size=cache,
                    reset=_reset,
                )
        return self._pool

    async def _is_pooled(self) -> bool:
        """Whether something stands between: then the process that greets is not the one at work.

        A pooler may give every transaction to another process, which does not know statements
        that were prepared in the one before.
        """
        connection = await self._connect(self._url, timeout=CONNECT_SECONDS, statement_cache_size=0)
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


async def _transacted(connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
    transaction = connection.transaction()
    await transaction.start()
    try:
        result = await work(connection)
    except BaseException:
        if not connection.is_closed():
            await transaction.rollback()
        raise
    await _commit(connection, transaction)
    return result


async def _commit(connection: Connection, transaction: Any) -> None:
    """Commit, and know that it is so on the synchronous standbys too.

    When an operator cancels their wait, the server warns, and says that it has committed: it has,
    but here alone.
    """
    warnings: list[Any] = []

    def note(_connection: Any, message: Any) -> None:
        if message.severity_en == "WARNING":
            warnings.append(message)

    connection.add_log_listener(note)
    try:
        await transaction.commit()
    finally:
        if not connection.is_closed():
            connection.remove_log_listener(note)
    if warnings:
        raise Unavailable.store()


async def _reset(connection: Connection) -> None:
    """Nothing of a session is ever changed, so nothing is to be undone, at a round trip each."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")

"""The pool of connections of a process: made when it is needed, mended when it breaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from smsledger.store.postgres.connection import (
    CONNECT_SECONDS,
    TRY_AGAIN,
    WAIT_SECONDS,
    Connection,
    connect_to,
    translated,
)
from smsledger.store.postgres.transaction import bounded, transacted

T = TypeVar("T")

BEAT_SECONDS = 5
READ_SECONDS = 60
ATTEMPTS = 6


class Database:
    """A pool of connections, made when it is first needed and again whenever one is lost."""

    def __init__(self, url: str, *, connections: int, any_host: bool = False) -> None:
        self._url = url
        self._size = connections
        self._connect = partial(connect_to, otherwise="any" if any_host else "primary")
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
                retry=retry_if_exception_type(TRY_AGAIN),
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_random(0.001, 0.1),
                reraise=True,
            ):
                with attempt:
                    return await self._attempt(work)
        raise AssertionError("it returned or raised")

    async def _attempt(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        pool = self._pool or await self._open()
        async with pool.acquire(timeout=WAIT_SECONDS) as connection, bounded(connection):
            try:
                return await transacted(connection, work)
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


async def _reset(connection: Connection) -> None:
    """Nothing of a session is ever changed, so nothing is to be undone, at a round trip each."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")

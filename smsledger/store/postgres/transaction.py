"""One transaction: bounded in time, and committed only when it is safe everywhere it has to be."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg

from smsledger.errors import Unavailable
from smsledger.store.postgres.connection import Connection

T = TypeVar("T")

TRANSACTION_SECONDS = 30


@asynccontextmanager
async def bounded(connection: Connection) -> AsyncIterator[None]:
    """End the session, should its transaction take too long; it is cut, and not cancelled.

    A commit that waits for a replica and is cancelled becomes visible without it: what was never
    acknowledged would then be found as a duplicate, acknowledged, and lost with the primary.
    """
    end = asyncio.get_running_loop().call_later(TRANSACTION_SECONDS, connection.terminate)
    try:
        yield
    finally:
        end.cancel()


async def transacted(connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
    """The result of work in a transaction, which is committed then, or undone if it fails."""
    transaction = connection.transaction(isolation="read_committed")
    try:
        await transaction.start()
    except BaseException:
        # The server may have begun it. The next transaction on this connection would be a part of
        # it, and its commit would commit nothing.
        connection.terminate()
        raise
    try:
        result = await work(connection)
    except BaseException:
        with suppress(asyncpg.InterfaceError, OSError):  # it is closed, which undoes it as well
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
    committing = asyncio.ensure_future(transaction.commit())
    try:
        await asyncio.shield(committing)
    except asyncio.CancelledError:
        connection.terminate()
        await asyncio.wait([committing])
        committing.exception()  # heard, and said by the cancellation
        raise
    finally:
        with suppress(asyncpg.InterfaceError):  # it is closed, and belongs to nobody any more
            connection.remove_log_listener(note)
    if warnings:
        raise Unavailable.store()

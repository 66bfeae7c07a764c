"""The one writer of a process: waiting work is committed together, by a thread of its own.

While a commit waits for the disk, requests arrive; the next transaction takes them all. So one
message per request is not one fsync per message, and nobody waits on purpose.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from smsledger.errors import StoreDamaged, Unavailable
from smsledger.store.damage import Damage
from smsledger.store.sqlite.connection import connect, immediate, translated

# Rows of posts in one transaction: a few dozen milliseconds of the lock, so writers of other
# processes wait no longer than that. Any other change counts as one row.
MAX_ROWS = 2000


class _Job:
    """Work with the future of the request that waits for it."""

    def __init__(self, work: Callable[[apsw.Connection], Any], rows: int) -> None:
        self.work = work
        self.rows = rows
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, connection: apsw.Connection) -> None:
        """Do the work inside the group's transaction; a failure undoes this work only.

        Raises:
            Unavailable: the disk is full or away, which is the end of the whole transaction.
            StoreDamaged: so is that.
        """
        try:
            with translated(), connection:
                self.result = self.work(connection)
        except (Unavailable, StoreDamaged):
            raise
        except Exception as error:  # noqa: BLE001 (whoever waits for it is told)
            self.error = error

    def settle(self) -> None:
        """Tell whoever waits, unless they have gone."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Runs work in transactions on one connection, in order of arrival."""

    def __init__(self, file: Path, damage: Damage) -> None:
        self._connection = connect(file)
        self._damage = damage
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[apsw.Connection], Any], rows: int) -> Any:
        """The result of work on so many rows, once it is on the disk.

        Raises:
            Unavailable: the transaction could not be committed; nothing of it is stored.
            StoreDamaged: the ledger is damaged. If that was found out during the commit, the work
                may be stored; it is not acknowledged.
        """
        job = _Job(work, rows)
        self._jobs.put(job)
        return await job.future

    def close(self) -> None:
        """Finish what waits, then close the connection."""
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job, *self._waiting(MAX_ROWS - job.rows)]
            self._commit(group)
            loop = job.future.get_loop()
            loop.call_soon_threadsafe(_settle, group)

    def _waiting(self, room: int) -> list[_Job]:
        """The jobs that wait, as long as there is room for their rows."""
        group: list[_Job] = []
        while room > 0:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            group.append(job)
            room -= job.rows
        return group

    def _commit(self, group: list[_Job]) -> None:
        try:
            with translated(self._damage):
                self._damage.require_none()
                with immediate(self._connection):
                    for job in group:
                        job.run(self._connection)
                self._damage.require_none()
        except Exception as error:  # noqa: BLE001 (every one that waits is told)
            for job in group:
                job.error = job.error or error


def _settle(group: list[_Job]) -> None:
    for job in group:
        job.settle()

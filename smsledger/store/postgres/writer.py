"""Waiting requests are committed together: one lock, one read, one write, one commit for them all.

While a transaction is under way, requests arrive; the next one takes them all. So many clients
of one program do not queue for its counter one by one, and nobody waits on purpose.
"""

import asyncio
from collections import deque
from collections.abc import Iterator

from smsledger.errors import LedgerError, Unavailable
from smsledger.model import Outcome
from smsledger.store.postgres import posting
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.database import Database
from smsledger.store.postgres.transaction import TRANSACTION_SECONDS
from smsledger.store.posting import Batch

LANES = 4  # transactions of one process at a time
MAX_ROWS = 5000  # of one transaction, unless a single batch has more
MAX_PROGRAMS = 8


class _Job:
    """A batch, with the future of the request that waits for it."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.future: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self.result: list[Outcome] | LedgerError = []

    def settle(self, error: BaseException | None) -> None:
        """Tell whoever waits, unless they have gone."""
        failure = error or (self.result if isinstance(self.result, LedgerError) else None)
        if self.future.done():
            return
        if failure is not None:
            self.future.set_exception(failure)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]


_Group = dict[int, list[_Job]]


class Writer:
    """Posts batches, those of one program in the order of their arrival."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, deque[_Job]] = {}
        self._busy: set[int] = set()
        self._lanes: set[asyncio.Task[None]] = set()

    async def post(self, program_id: int, batch: Batch) -> list[Outcome]:
        """The outcomes of a batch, once it is durable.

        Raises:
            ProgramNotFound, ProgramInactive: see the batches.
            Unavailable: it could not be committed; or perhaps it was, and sending it again is safe.
        """
        job = _Job(batch)
        self._waiting.setdefault(program_id, deque()).append(job)
        self._dispatch()
        try:
            return await asyncio.wait_for(job.future, TRANSACTION_SECONDS)
        except TimeoutError as error:
            raise Unavailable.store() from error

    async def close(self) -> None:
        """Finish what waits."""
        while self._lanes:
            await asyncio.wait(self._lanes)

    def _dispatch(self) -> None:
        while len(self._lanes) < LANES and (group := dict(self._take())):
            self._busy.update(group)
            lane = asyncio.create_task(self._run(group))
            self._lanes.add(lane)

    def _take(self) -> Iterator[tuple[int, list[_Job]]]:
        """Programs that nobody writes, with their waiting jobs, as far as there is room."""
        room = MAX_ROWS
        for program_id in [each for each in self._waiting if each not in self._busy][:MAX_PROGRAMS]:
            jobs = self._waiting[program_id]
            taken: list[_Job] = []
            while jobs and room > 0:
                job = jobs.popleft()
                if not job.future.done():  # unless nobody waits for it any more
                    taken.append(job)
                    room -= len(job.batch)
            if not jobs:
                del self._waiting[program_id]
            if taken:
                yield program_id, taken

    async def _run(self, group: _Group) -> None:
        try:
            await self._commit(group)
        finally:
            self._busy.difference_update(group)
            self._lanes = {lane for lane in self._lanes if lane is not asyncio.current_task()}
            self._dispatch()

    async def _commit(self, group: _Group) -> None:
        """Commit a group and tell those who wait; a batch that cannot be stored fails alone."""
        jobs = [job for jobs in group.values() for job in jobs]
        try:
            await self._database.transact(lambda connection: _post(connection, group))
        except Exception as error:  # noqa: BLE001 (every one that waits is told)
            if len(jobs) == 1 or isinstance(error, Unavailable):
                _settle(jobs, error)
                return
            for program_id, each in _singles(group):
                await self._commit({program_id: [each]})
        except BaseException as error:
            _settle(jobs, error)
            raise
        else:
            _settle(jobs, None)


async def _post(connection: Connection, group: _Group) -> None:
    """Post the jobs of each program, in the order of their ids, so that no two lanes deadlock."""
    for program_id, jobs in sorted(group.items()):
        begun = await posting.begin(connection, program_id, [job.batch for job in jobs])
        for job in jobs:
            try:
                job.result = job.batch.post(begun)
            except LedgerError as error:
                job.result = error
        await posting.write(connection, begun)


def _singles(group: _Group) -> Iterator[tuple[int, _Job]]:
    return ((program_id, job) for program_id, jobs in group.items() for job in jobs)


def _settle(jobs: list[_Job], error: BaseException | None) -> None:
    for job in jobs:
        job.settle(error)

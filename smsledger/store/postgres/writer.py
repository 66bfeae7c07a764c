"""Waiting requests are committed together: one lock, one read, one write, one commit for them all.

While a transaction is under way, requests arrive; the next one takes them all. So many clients
of one program do not queue for its counter one by one. A single client never waits on purpose;
where there are several, the next transaction waits a moment for those who were just answered,
or they would take turns in two halves.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterator

from smsledger.errors import LedgerError, StoreDamaged, Unavailable
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.model import Outcome
from smsledger.store.postgres import posting
from smsledger.store.postgres.connection import Connection
from smsledger.store.postgres.database import Database
from smsledger.store.postgres.transaction import TRANSACTION_SECONDS
from smsledger.store.posting import Batch

MAX_ROWS = 5000  # of one transaction, unless a single batch has more
MAX_PROGRAMS = 8
PAUSE = 0.002  # seconds at most,
PAUSE_SHARE = 0.5  # and of the time that the last commit took


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


class _Pause:
    """A program's next transaction waits until so many requests wait for it, or for its timer."""

    def __init__(self, wanted: int, timer: asyncio.TimerHandle) -> None:
        self.wanted = wanted
        self.timer = timer


class Writer:
    """Posts batches, those of one program in the order of their arrival, `lanes` at a time."""

    def __init__(self, database: Database, lanes: int, words: ConsentWords) -> None:
        self._database = database
        self._words = words
        self._most_lanes = lanes
        self._waiting: dict[int, deque[_Job]] = {}
        self._pauses: dict[int, _Pause] = {}
        self._busy: set[int] = set()
        self._lanes: set[asyncio.Task[None]] = set()

    async def post(self, program_id: int, batch: Batch) -> list[Outcome]:
        """The outcomes of a batch, once it is durable.

        Raises:
            ProgramNotFound, ProgramInactive: see the batches.
            Unavailable: it could not be committed; or perhaps it was, and sending it again is safe.
        """
        job = _Job(batch)
        waiting = self._waiting.setdefault(program_id, deque())
        waiting.append(job)
        pause = self._pauses.get(program_id)
        if pause is None:
            self._dispatch()
        elif len(waiting) >= pause.wanted:
            self._resume(program_id)
        try:
            return await asyncio.wait_for(job.future, TRANSACTION_SECONDS)
        except TimeoutError as error:
            self._forget(program_id, job)
            raise Unavailable.store() from error

    def _forget(self, program_id: int, job: _Job) -> None:
        waiting = self._waiting.get(program_id, deque())
        if job in waiting:
            waiting.remove(job)
        if not waiting:
            self._waiting.pop(program_id, None)

    async def close(self) -> None:
        """Finish what waits."""
        while self._pauses or self._lanes:
            for program_id in list(self._pauses):
                self._resume(program_id)
            if self._lanes:
                await asyncio.wait(self._lanes)

    def _dispatch(self) -> None:
        while len(self._lanes) < self._most_lanes and (group := dict(self._take())):
            self._busy.update(group)
            lane = asyncio.create_task(self._run(group))
            self._lanes.add(lane)

    def _take(self) -> Iterator[tuple[int, list[_Job]]]:
        """Programs that nobody writes, with their waiting jobs, as far as there is room."""
        room = MAX_ROWS
        held_back = self._busy | self._pauses.keys()
        free = [each for each in self._waiting if each not in held_back]
        for program_id in free[:MAX_PROGRAMS]:
            waiting, taken = self._waiting[program_id], []
            while waiting and room > 0:
                taken.append(waiting.popleft())
                room -= len(taken[-1].batch)
            if not waiting:
                del self._waiting[program_id]
            if taken:
                yield program_id, taken

    async def _run(self, group: _Group) -> None:
        began = time.perf_counter()
        try:
            await self._commit(group)
        finally:
            self._busy.difference_update(group)
            self._lanes = {lane for lane in self._lanes if lane is not asyncio.current_task()}
            for program_id, jobs in group.items():
                self._pause(program_id, len(jobs), time.perf_counter() - began)
            self._dispatch()

    def _pause(self, program_id: int, answered: int, took: float) -> None:
        """Give those who were answered together the time to come again."""
        if answered > 1:
            wanted = answered + len(self._waiting.get(program_id, ()))
            seconds = min(PAUSE, took * PAUSE_SHARE)
            loop = asyncio.get_running_loop()
            timer = loop.call_later(seconds, self._resume, program_id)
            self._pauses[program_id] = _Pause(wanted, timer)

    def _resume(self, program_id: int) -> None:
        self._pauses.pop(program_id).timer.cancel()
        self._dispatch()

    async def _commit(self, group: _Group) -> None:
        """Commit a group and tell those who wait; what cannot be stored fails alone."""
        jobs = [job for jobs in group.values() for job in jobs]
        try:
            await self._database.transact(lambda connection: _post(connection, group, self._words))
        except Exception as error:  # noqa: BLE001 (every one that waits is told)
            parts = _parts(group, error)
            for part in parts:
                await self._commit(part)
            if not parts:
                _settle(jobs, error)
        except BaseException as error:
            _settle(jobs, error)
            raise
        else:
            _settle(jobs, None)


async def _post(connection: Connection, group: _Group, words: ConsentWords) -> None:
    """Post the jobs of each program, in the order of their ids, so that no two lanes deadlock."""
    for program_id, jobs in sorted(group.items()):
        begun = await posting.begin(connection, program_id, [job.batch for job in jobs], words)
        for job in jobs:
            try:
                job.result = job.batch.post(begun)
            except LedgerError as error:
                job.result = error
        await posting.write(connection, begun)


def _parts(group: _Group, error: Exception) -> list[_Group]:
    """What to try again by itself: each program, then, if its server is well, each batch."""
    if isinstance(error, StoreDamaged):
        return []
    if len(group) > 1:
        return [{program_id: jobs} for program_id, jobs in group.items()]
    [(program_id, jobs)] = group.items()
    if len(jobs) > 1 and not isinstance(error, Unavailable):
        return [{program_id: [job]} for job in jobs]
    return []


def _settle(jobs: list[_Job], error: BaseException | None) -> None:
    for job in jobs:
        job.settle(error)

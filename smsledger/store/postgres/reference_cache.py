"""What every request asks again: answers that hold until programs or credentials change."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from smsledger.store.postgres.database import Database
from smsledger.store.postgres.queries import SQL
from smsledger.store.shared_task import SharedTask

T = TypeVar("T")
# Callers choose the user names that are looked up; what is remembered of them has an end.
_MAX_ANSWERS = 1000


class ReferenceCache:
    """Reads of programs and credentials, remembered for as long as nobody changes any.

    Whoever changes one counts `ledger.reference_version` in the same transaction. `verify` asks
    for that number, once for all who wait: so a revoked credential is refused at once, by every
    process, and under load the question costs next to nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._version: int | None = None
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._checking: SharedTask[None] = SharedTask()

    async def read(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """The work's answer, as of the last `verify`, or of now."""
        key = (work, arguments)
        if key in self._answers:
            answer: T = self._answers[key]
        else:
            version = self._version
            async with self._database.connection() as connection:
                answer = await work(connection, *arguments)
            # Otherwise it may be older than what `verify` has found out meanwhile.
            if version is not None and version == self._version:
                self._answers[key] = answer
        return answer

    def forget(self) -> None:
        """Ask anew, whatever it is: this process has changed something."""
        self._answers.clear()
        self._version = None

    async def verify(self) -> None:
        """Forget what has changed until now.

        A check that is under way may have looked before now, so it is not good enough: the one
        after it is, for all who came meanwhile.
        """
        await self._checking.run_after(self._check)

    async def _check(self) -> None:
        version = await self._database.ping(SQL.reference_version)
        if version != self._version or len(self._answers) > _MAX_ANSWERS:
            self._answers.clear()
            self._version = version

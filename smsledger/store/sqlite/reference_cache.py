"""What every page asks again: answers that hold until the ledger changes."""

from collections.abc import Callable
from typing import Any, TypeVar

import apsw

T = TypeVar("T")
# Callers choose the user names that are looked up; what is remembered of them has an end.
_MAX_ANSWERS = 1000


class ReferenceCache:
    """Reads on one connection, remembered for as long as nobody commits.

    SQLite's data_version is another one after each commit of any other connection, of this
    process or another: so a credential is judged by what is stored now, and a revoked one is
    refused at once.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._version: int | None = None
        self._answers: dict[tuple[Any, ...], Any] = {}

    def read(self, work: Callable[..., T], *arguments: Any) -> T:
        """The work's answer, as the ledger stands."""
        version = self._connection.execute("PRAGMA data_version").get
        if version != self._version or len(self._answers) > _MAX_ANSWERS:
            self._answers.clear()
            self._version = version
        key = (work, arguments)
        if key not in self._answers:
            self._answers[key] = work(self._connection, *arguments)
        answer: T = self._answers[key]
        return answer

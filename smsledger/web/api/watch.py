"""Whoever waits for a change of a program is told within a second.

The counter is looked at a few times a second, once for all who wait for the same program. A
notification of the database's would not come through a pooler that lends a session for one
transaction at a time, and SQLite has none.
"""

import asyncio
import time

from smsledger.store.store import Store
from smsledger.web.drain import Drain

_LOOK = 0.2  # seconds from one look to the next


class Watch:
    """The counters of the programs that somebody waits for."""

    def __init__(self, store: Store, drain: Drain) -> None:
        self._store = store
        self._drain = drain
        self._looks: dict[int, tuple[float, asyncio.Task[int]]] = {}

    async def changed(self, program_id: int, after: int, seconds: float) -> None:
        """Return when the program's counter is past the number, or when the time is over.

        A server that is about to stop lets nobody wait.

        Raises:
            Unavailable: the store cannot be reached.
        """
        end = time.monotonic() + seconds
        try:
            while await self._counter(program_id) <= after and not self._drain.begun:
                left = end - time.monotonic()
                if left <= 0:
                    return
                await asyncio.sleep(min(_LOOK, left))
        finally:
            self._looks.pop(program_id, None)  # whoever still waits looks anew

    async def _counter(self, program_id: int) -> int:
        looked, look = self._looks.get(program_id, (0.0, None))
        if look is None or time.monotonic() - looked > _LOOK / 2:
            look = asyncio.create_task(self._store.counter(program_id))
            self._looks[program_id] = (time.monotonic(), look)
        return await asyncio.shield(look)

"""Writers and walkers on running servers, and what has to be true of a ledger in the end."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.ha.ledgers import serials_of
from tests.ha.patience import HeldWalker, PatientWalker, patient_writer_of
from tests.ha.waiting import until
from tests.outermost.acknowledged import Acknowledged
from tests.server import Server

WRITERS = ("w1", "w2")
MESSAGES = 600  # of each writer
PAGE_SIZES = (50, 211)


class Traffic:
    """Writers of a fixed number of messages, and walkers until those have written them."""

    def __init__(self, servers: Sequence[Server], folder: Path) -> None:
        self._servers = servers
        self._logs = [folder / f"{name}.log" for name in WRITERS]
        for log in self._logs:
            log.touch()
        self._writers = [
            subprocess.Popen(patient_writer_of(servers, log.stem, MESSAGES, log))
            for log in self._logs
        ]
        self._walkers = [PatientWalker(servers, page_size) for page_size in PAGE_SIZES]
        self._held: list[HeldWalker] = []
        for walker in self._walkers:
            walker.start()

    def wait_until_written(self, part: float) -> None:
        """Returns when that part of all messages is acknowledged, with the rest to come."""
        until(lambda: self._written() >= part * MESSAGES * len(WRITERS))

    def begin_walk(self) -> None:
        """Read a first page; the walk goes on in `check`, after whatever happens until then."""
        walker = HeldWalker(self._servers, 50)
        self._held.append(walker)
        walker.start()
        assert walker.is_held.wait(30)

    def wait_until_refused(self) -> None:
        """Returns when each walker has been told to come again."""
        before = [walker.refusals for walker in self._walkers]
        until(
            lambda: all(
                walker.refusals > had for walker, had in zip(self._walkers, before, strict=True)
            )
        )

    def check(self, url: str, seconds: float = 90) -> None:
        """All is there once, with its highest status, and every walk was exact.

        Args:
            url: of the ledger.
            seconds: that the writers may still take.
        """
        assert [writer.wait(seconds) for writer in self._writers] == [0] * len(WRITERS)
        for held in self._held:
            held.release()
        walks = [walk for walker in (*self._walkers, *self._held) for walk in walker.finish()]
        acknowledged, serials = Acknowledged(self._logs), serials_of(url)
        assert len(acknowledged.messages) == len(WRITERS) * MESSAGES
        walked = list(self._servers[0].walk(pageSize=500, include="id"))
        assert [message["id"] for message in walked] == list(serials)
        statuses = {message["id"]: message["deliveryStatus"] for message in walked}
        assert statuses == acknowledged.statuses
        assert len([walk for walk in walks if walk.pin]) >= len(PAGE_SIZES)
        for walk in walks:
            walk.check(acknowledged, serials)

    def end(self) -> None:
        """Leave nothing running, whatever the test came to."""
        for writer in self._writers:
            writer.kill()
            writer.wait()
        for walker in (*self._walkers, *self._held):
            walker.abandon()

    def _written(self) -> int:
        return sum(log.read_text().count('"acked"') for log in self._logs)

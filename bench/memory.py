"""What a whole export adds to the memory of a server, which is to be the same for any length."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bench import stream
from bench.comparison import Comparison
from bench.exports import EXPORT
from bench.ledger import Ledger, serving_ledger
from bench.server import Server
from smsledger.ledger import instant

FORMATS = ("ndjson", "parquet", "xlsx")
MOST = 64.0  # MiB
INTERVAL = 0.1  # seconds


class Highest:
    """The most memory that a server was seen to have."""

    def __init__(self) -> None:
        self.mebibytes = 0.0

    def watch(self, server: Server, end: threading.Event) -> None:
        """Look again and again, until the end."""
        while not end.wait(INTERVAL):
            self.mebibytes = max(self.mebibytes, server.memory())


def compare(ledger: Ledger) -> Iterator[Comparison]:
    """One export in each form, of a new server: none has the memory that another has let go."""
    for form in FORMATS:
        with serving_ledger(ledger) as ours:
            growth = _growth(ledger, ours, form)
        yield Comparison(
            name=f"memory that a whole export as {form} adds to the server",
            unit="MiB",
            ours=(growth,),
            other=(MOST,),
            target=1.0,
            at_most=True,
        )


def _growth(ledger: Ledger, ours: Server, form: str) -> float:
    """In MiB, beyond what an export of nothing has loaded: pyarrow, for Parquet."""
    target = f"{EXPORT}?format={form}"
    now = instant.render_seconds(instant.now())
    stream.drain(ledger, ours.port, f"{target}&startDate={now}&endDate={now}")
    before = ours.memory()
    with _watched(ours) as highest:
        stream.drain(ledger, ours.port, target)
    return highest.mebibytes - before


@contextmanager
def _watched(server: Server) -> Iterator[Highest]:
    highest, end = Highest(), threading.Event()
    thread = threading.Thread(target=highest.watch, args=(server, end))
    thread.start()
    try:
        yield highest
    finally:
        end.set()
        thread.join()

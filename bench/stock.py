"""Things to send, made before they are needed: their making is not measured."""

import gc
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Generic, TypeVar

import msgspec

from smsledger.demo import sample
from smsledger.ledger import instant
from smsledger.ledger.model import Message

ENDLESS = 2_000_000  # more than any machine posts in the time
T = TypeVar("T")


class Stock(Generic[T]):
    """Each thing is handed out once; `fill` before each measurement."""

    def __init__(self, source: Iterator[T], size: int) -> None:
        self._source = source
        self._size = size
        self._made: deque[T] = deque()

    def fill(self) -> None:
        """Make as many as a measurement may need."""
        self._made.extend(islice(self._source, self._size - len(self._made)))
        put_aside()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        assert self._made, "the stock is too small for this machine"
        return self._made.popleft()


def put_aside() -> None:
    """Let the garbage collector pass over what was made until now.

    No server has so much lying about; it would be searched while something else is measured.
    """
    gc.freeze()


def new_messages(seed: int) -> Iterator[Message]:
    """Messages that the ledger has not seen, dated now, as they come.

    So its table grows at its end, its indexes anywhere.
    """
    for messages, _ in sample.batches(count=ENDLESS, seed=seed, end=instant.now()):
        for message in messages:
            yield msgspec.structs.replace(message, date=instant.now())

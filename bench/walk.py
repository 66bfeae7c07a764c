"""A whole walk over the wire: where a year's pages begin, and where its last one is."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from bench import wire
from bench.ledger import PROGRAM, Ledger
from bench.wire import Page

PATH = f"/api/messages/program/{PROGRAM}"


class _Dated(msgspec.Struct):
    date: str


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The full pages of a walk: the address of the last, and when each begins."""

    last: str
    dates: list[str]

    @property
    def pages(self) -> int:
        """How many of them are full."""
        return len(self.dates)

    def dates_of(self, count: int) -> Iterator[str]:
        """Dates all over the year, as many in bursts as there are messages in bursts.

        Each has pages after its first.
        """
        return (self.dates[self.pages * place // (count + 1)] for place in range(count))


def walk(ledger: Ledger, port: int, size: int) -> Walk:
    """From the first page to the last full one."""
    dates = []
    last = first = f"{PATH}?pageSize={size}"
    for target, page in _full_pages(ledger, port, first, size):
        dates.append(msgspec.json.decode(page.data.messages[0], type=_Dated).date)
        last = target
    return Walk(last=last, dates=dates)


def last_full_page(ledger: Ledger, port: int, target: str, size: int) -> str:
    """Where the walk that goes on at the target comes to its last full page."""
    for following, _ in _full_pages(ledger, port, target, size):
        target = following
    return target


def _full_pages(ledger: Ledger, port: int, target: str, size: int) -> Iterator[tuple[str, Page]]:
    while True:
        page = wire.page(port, ledger.credential.get(target))
        if len(page.data.messages) < size:
            return
        yield target, page
        if page.meta.nextPageUrl is None:
            return
        target = wire.target_of(page.meta.nextPageUrl)

"""Pages of the change feed against pages of a walk that show as much."""

import asyncio
from collections.abc import Iterator

import msgspec

from bench import wire
from bench.comparison import Comparison, Effort, alternate
from bench.ledger import PROGRAM, SEED, Ledger
from bench.pages import rate_of
from bench.server import Server
from bench.walk import PATH
from smsledger.ledger.model import Accepted, DeliveryStatus, Receipt
from smsledger.store import open_store

SIZE = 1000
PAGE = 500  # the largest page of a walk: two of them show as much
IN_TURN = 8  # thousands
CONNECTIONS = 1  # who follows waits for each page
TWICE = 2.0
FEED, WALK = "feed", "walk"


class _Meta(msgspec.Struct):
    nextToken: str  # noqa: N815 (the wire's name)


class _Changes(msgspec.Struct):
    data: wire.Data
    meta: _Meta


def compare(ledger: Ledger, ours: Server, messages: int, effort: Effort) -> Iterator[Comparison]:
    """The births in their order, and then updates of messages from all over the year.

    Births are in the order of dates as well, but for few. Updated messages are not: each is
    fetched from a place of its own.
    """
    pages = _pages_of_walk(ledger, ours.port)
    births = _births(ledger, ours.port)
    yield _against_walk("births", births, pages, ours.port, effort, target=TWICE)
    updates = _updates(ledger, ours.port, messages)
    yield _against_walk("scattered updates", [updates], pages, ours.port, effort)


def _against_walk(
    what: str,
    changes: list[bytes],
    pages: list[bytes],
    port: int,
    effort: Effort,
    target: float | None = None,
) -> Comparison:
    measures = {
        FEED: rate_of(port, changes, effort, CONNECTIONS),
        WALK: rate_of(port, pages, effort, CONNECTIONS),
    }
    rates = alternate(measures, rounds=effort.rounds)
    return Comparison(
        name=f"time of {SIZE:,} {what} in the feed against two pages of {PAGE}",
        unit="µs",
        ours=tuple(1e6 / rate for rate in rates[FEED]),
        other=tuple(SIZE / PAGE * 1e6 / rate for rate in rates[WALK]),
        target=target,
        at_most=True,
    )


def _births(ledger: Ledger, port: int) -> list[bytes]:
    """Pages of the feed where the year's messages were never updated.

    The first page, which is entered in the log of exports, is none of them.
    """
    requests, target = [], f"{PATH}/changes?limit={SIZE}"
    for _ in range(1 + IN_TURN):
        requests.append(ledger.credential.get(target))
        changes = _changes(port, requests[-1])
        target = f"{PATH}/changes?limit={SIZE}&after={changes.meta.nextToken}"
    return requests[1:]


def _updates(ledger: Ledger, port: int, messages: int) -> bytes:
    """One page of the feed, all of it updates that come for messages that lie far apart."""
    token = _end_of_feed(ledger, port)
    every = messages // SIZE
    ids = [f"s{SEED}-{1 + number * every:09d}" for number in range(SIZE)]
    asyncio.run(_update(ledger, ids))
    request = ledger.credential.get(f"{PATH}/changes?limit={SIZE}&after={token}")
    assert len(_changes(port, request).data.messages) == SIZE
    return request


async def _update(ledger: Ledger, ids: list[str]) -> None:
    store = await open_store(ledger.url)
    receipts = [Receipt(id=id_, delivery_status=DeliveryStatus.DELIVERED) for id_ in ids]
    outcomes = await store.record_receipts(PROGRAM, receipts, lenient=True)
    assert outcomes == [Accepted()] * len(ids)
    await store.close()


def _end_of_feed(ledger: Ledger, port: int) -> str:
    """The token after which there is nothing yet: a walk that begins now is pinned to it."""
    request = ledger.credential.get(f"{PATH}?pageSize=1&include=id")
    _, _, body = wire.ask(port, request).partition(wire.END_OF_HEAD)
    return str(msgspec.json.decode(body)["meta"]["changes"])


def _changes(port: int, request: bytes) -> _Changes:
    _, _, body = wire.ask(port, request).partition(wire.END_OF_HEAD)
    return msgspec.json.decode(body, type=_Changes)


def _pages_of_walk(ledger: Ledger, port: int) -> list[bytes]:
    """As many messages as in the feed's pages; the first page, which pins the walk, is none."""
    requests, target = [], f"{PATH}?pageSize={PAGE}&include=id"
    for _ in range(1 + IN_TURN * SIZE // PAGE):
        requests.append(ledger.credential.get(target))
        following = wire.page(port, requests[-1]).meta.nextPageUrl
        assert following is not None
        target = wire.target_of(following)
    return requests[1:]

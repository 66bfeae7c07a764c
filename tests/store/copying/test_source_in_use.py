"""A source that is written while it is copied."""

from collections.abc import Callable
from typing import Any

import pytest

from smsledger.ledger.instant import DAY
from smsledger.ledger.model import Accepted
from smsledger.store import copying
from smsledger.store.store import Store
from smsledger.store.tables import Tables
from tests.making import PROGRAM, YESTERDAY, make_message, make_receipt
from tests.store.copying.conftest import Between, Copy, There
from tests.store.copying.test_copy import all_of, fill
from tests.store.reading import position_of

Busy = Callable[[Tables, Tables], tuple[Any, Any]]


@pytest.fixture
def busy(store: Store) -> Busy:
    """A source to which more is said each time that it is read."""
    numbers = iter(range(10_000))

    async def say_more() -> None:
        number = next(numbers)
        await store.record_messages(PROGRAM, [make_message(id=f"more-{number}")])
        await store.record_receipts(
            PROGRAM, [make_receipt(id=f"m-{number % 30}", text=f"{number}")]
        )

    return lambda source, target: (Between(source, say_more), target)


async def test_what_is_said_meanwhile_is_told_and_comes_with_the_next_run(
    store: Store, copy: Copy, there: There, busy: Busy
) -> None:
    await fill(store)
    assert not (await copy(wrap=busy)).complete
    assert not (await copy(wrap=busy)).complete
    assert (await copy()).complete
    copy_of_it = await there()
    assert await all_of(copy_of_it) == await all_of(store)
    assert await copy_of_it.message(PROGRAM, "more-9") == await store.message(PROGRAM, "more-9")


async def test_a_copy_of_a_source_in_use_is_a_ledger_that_takes_what_is_said(
    store: Store, copy: Copy, there: There, busy: Busy
) -> None:
    await fill(store)
    await copy(wrap=busy)
    copy_of_it = await there()
    receipts = [make_receipt(id=f"m-{n}", text="after") for n in range(30)]
    assert await copy_of_it.record_receipts(PROGRAM, receipts) == [Accepted()] * 30
    assert (await position_of(store)).last > (await position_of(copy_of_it, PROGRAM)).last - 30


async def test_what_leaves_meanwhile_leaves_the_copy_too(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    old = [make_message(id=f"old-{n}", date=YESTERDAY - 400 * DAY) for n in range(40)]
    await store.record_messages(PROGRAM, old)
    limits = iter(range(10_000))

    async def purge() -> None:
        if next(limits) == 30:  # the messages have come over, and are being verified
            await store.purge(YESTERDAY - 300 * DAY)

    def purged(source: Tables, target: Tables) -> tuple[Between, Tables]:
        return Between(source, purge), target

    assert (await copy(wrap=purged)).complete
    assert await all_of(await there()) == await all_of(store)
    assert next(limits) > 30


async def test_passes_over_a_source_in_use_come_to_an_end(
    store: Store, copy: Copy, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(store)
    passes = []
    bring = copying._bring

    async def counted(*arguments: Any) -> int:
        passes.append(await bring(*arguments))
        return passes[-1]

    monkeypatch.setattr(copying, "_bring", counted)
    await copy(wrap=busy)
    assert len(passes) == copying.PASSES
    assert passes[0] > passes[1]

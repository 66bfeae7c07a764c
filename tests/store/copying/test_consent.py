"""What handsets wrote last is in the copy as it is at the source, also where no message says it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from smsledger.ledger import instant
from smsledger.store.store import Store
from tests.conftest import ENGINES
from tests.databases import execute
from tests.making import PROGRAM
from tests.store.copying.conftest import Between, Copy, Spoil, There
from tests.store.test_consent import make_mo, waiting
from tests.store.test_opt_outs import asked

WORDS = """SELECT program_id, number, short_code, kind, date, serial, word FROM consent
    ORDER BY number, short_code, kind"""
NUMBERS = [f"{15_550_000_000 + n}" for n in range(30)]


Both = Callable[
    [],
    Awaitable[
        tuple[
            list[tuple[int, str, str, str, int, int, str]],
            list[tuple[int, str, str, str, int, int, str]],
        ]
    ],
]


@pytest.fixture
def both(store_url: str, spoil: Spoil) -> Both:
    """The words of both ends."""

    async def select() -> tuple[
        list[tuple[int, str, str, str, int, int, str]],
        list[tuple[int, str, str, str, int, int, str]],
    ]:
        return await asyncio.to_thread(execute, store_url, WORDS), await spoil(WORDS)

    return select


@pytest.mark.parametrize("target_engine", ENGINES)
async def test_words_are_copied_also_those_whose_message_has_left(
    store: Store, copy: Copy, there: There, both: Both
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP", number=each) for each in NUMBERS])
    await store.purge(instant.now())
    done = await copy()
    assert [each.consent for each in done.programs] == [60]
    source, target = await both()
    assert source == target
    assert await (await there()).opt_outs(asked()) == await store.opt_outs(asked())


@pytest.mark.parametrize("target_engine", ENGINES)
async def test_words_that_found_no_program_are_copied_too(
    store: Store, copy: Copy, both: Both
) -> None:
    await store.keep_unrouted(waiting("STOP"))
    await copy()
    source, target = await both()
    assert source == target
    assert [row[-1] for row in target] == ["STOP", "STOP"]


@pytest.mark.parametrize("target_engine", ENGINES)
async def test_another_run_brings_the_words_that_came_since_and_takes_those_that_left(
    store: Store, copy: Copy, both: Both
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP", number=each) for each in NUMBERS])
    await copy()
    await store.record_messages(PROGRAM, [make_mo("JOIN", 1, number=each) for each in NUMBERS[:7]])
    await store.erase_number(PROGRAM, NUMBERS[9])
    assert (await copy()).complete
    source, target = await both()
    assert (source, len(source)) == (target, 65)


async def test_words_that_change_while_they_are_copied_are_in_the_copy_at_the_end(
    store: Store, copy: Copy, both: Both
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP", number=each) for each in NUMBERS])
    numbers = iter(NUMBERS)

    async def join_one() -> None:
        if number := next(numbers, None):
            await store.record_messages(PROGRAM, [make_mo("JOIN", 1, number=number)])

    await copy(wrap=lambda source, target: (Between(source, join_one), target))
    assert (await copy()).complete
    source, target = await both()
    assert source == target

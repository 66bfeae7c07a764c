"""Pages of what is rare: read where it is, and nowhere else."""

from typing import Any

import msgspec
import pytest

from smsledger.ledger import instant
from smsledger.ledger.counts import CountsQuery
from smsledger.ledger.filters import Filters
from smsledger.ledger.instant import DAY, HOUR, SECOND
from smsledger.ledger.walk import Key, PageQuery
from smsledger.store.store import Store
from smsledger.web.console.report.rows import Run, read, runs_of
from tests.making import PROGRAM, make_message
from tests.store.test_pages import begin

TODAY = instant.midnight(instant.now())
RARE = Filters(networks=("O2",))
DAYS = (1, 1, 1, 2, 5, 9, 9)


@pytest.fixture
async def walk(store: Store) -> Any:
    """Messages of every day, of which a few have the rare network: o-0, the newest, to o-6."""
    common = [make_message(id=f"m-{n}", date=TODAY - n * DAY + n * SECOND) for n in range(12)]
    rare = [
        make_message(id=f"o-{n}", date=TODAY - day * DAY + HOUR - n * SECOND, network="O2")
        for n, day in enumerate(DAYS)
    ]
    await store.record_messages(PROGRAM, [*common, *rare])
    return await begin(store, start=TODAY - 20 * DAY, end=TODAY, filters=RARE)


async def runs(store: Store, walk: Any) -> list[Run]:
    return runs_of(await store.counts(CountsQuery.of(walk, "day")), DAY)


async def ids(store: Store, walk: Any, size: int, **how: Any) -> list[str]:
    found, key = [], None
    while True:
        asked = PageQuery(walk=walk, size=size, number=1, key=key, **how)
        asked = msgspec.structs.replace(asked, include=("id", "segments", "errorCode"))
        page = await read(store, asked, await runs(store, walk))
        assert len(page.rows) == size or page.next_key is None
        found += [row.id for row in page.rows]
        if page.next_key is None:
            return found
        key = page.next_key


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 10])
async def test_the_pages_are_those_of_the_whole_walk_either_way(
    store: Store, walk: Any, size: int
) -> None:
    newest_first = [f"o-{n}" for n in range(len(DAYS))]
    assert await ids(store, walk, size, descending=True) == newest_first
    assert await ids(store, walk, size) == newest_first[::-1]


async def test_days_that_follow_each_other_are_one_run(store: Store, walk: Any) -> None:
    assert [(each.start, each.end + 1) for each in await runs(store, walk)] == [
        (TODAY - 9 * DAY, TODAY - 8 * DAY),
        (TODAY - 5 * DAY, TODAY - 4 * DAY),
        (TODAY - 2 * DAY, TODAY),
    ]


async def test_nothing_is_read_where_there_is_nothing(walk: Any) -> None:
    nowhere: Any = None  # a store that is not asked
    nobody = PageQuery(walk=walk, size=5, number=1, descending=True)
    assert (await read(nowhere, nobody, [])).rows == []
    old = msgspec.structs.replace(nobody, key=Key(TODAY - 30 * DAY, 1))
    assert (await read(nowhere, old, [Run(TODAY - DAY, TODAY)])).rows == []


async def test_what_an_index_answers_is_read_at_once(store: Store, walk: Any) -> None:
    every = msgspec.structs.replace(walk, filters=Filters())
    asked = PageQuery(
        walk=every, size=50, number=1, descending=True, include=("id", "segments", "errorCode")
    )
    assert len((await read(store, asked, [])).rows) == 12 + len(DAYS)

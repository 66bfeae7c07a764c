"""Counts that are kept are what is there, and a window's counts are exact."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from smsledger.ledger import instant
from smsledger.ledger.counts import Count, CountsQuery
from smsledger.ledger.filters import Filters
from smsledger.ledger.instant import DAY, HOUR, LATEST, SECOND
from smsledger.ledger.model import DeliveryStatus, Message, MessageType
from smsledger.store.store import Store
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt

MIDNIGHT = instant.midnight(YESTERDAY)
SENT, ERROR, DELIVERED = DeliveryStatus.SENT, DeliveryStatus.ERROR, DeliveryStatus.DELIVERED
OTHER = 7
KEPT = """SELECT program_id, period, start, type, delivery_status, network, messages, segments,
    segmented FROM message_count"""


Rows = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@pytest.fixture
def rows(store_url: str) -> Rows:
    """The rows that SQL gives."""

    async def select(sql: str) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(execute, store_url, sql)

    return select


CheckCounts = Callable[[], Awaitable[None]]


@pytest.fixture
def check_counts(rows: Rows) -> CheckCounts:
    """Holds the counts that are kept to the messages that are there."""

    async def check() -> None:
        kept = await rows(KEPT)
        assert all(any(row[6:]) == (row[6] > 0) for row in kept)
        assert {row for row in kept if row[6]} == await counted_anew(rows)

    return check


async def counted_anew(rows: Rows) -> set[tuple[Any, ...]]:
    """The counts as they should be kept, from the messages."""
    messages: Counter[Any] = Counter()
    segments: Counter[Any] = Counter()
    segmented: Counter[Any] = Counter()
    for program_id, date, kind, status, network, said in await rows(
        "SELECT program_id, date, type, delivery_status, network, segments FROM message"
    ):
        for period, length in (("hour", HOUR), ("day", DAY)):
            key = (program_id, period, date // length * length, kind, status, network or "")
            messages[key] += 1
            segments[key] += said or 0
            segmented[key] += said is not None
    return {(*key, messages[key], segments[key], segmented[key]) for key in messages}


async def counts(store: Store, by: str = "status", **what_matters: Any) -> list[Count]:
    plausible = {"program_id": PROGRAM, "start": 0, "end": LATEST, "by": by}
    return await store.counts(CountsQuery(**{**plausible, **what_matters}))


def count(
    start: int | None = None,
    delivery_status: DeliveryStatus = SENT,
    messages: int = 1,
    segments: int = 0,
    segmented: int = 0,
    network: str | None = None,
) -> Count:
    return Count(
        start=start,
        type=MessageType.MT,
        delivery_status=delivery_status,
        network=network,
        messages=messages,
        segments=segments,
        segmented=segmented,
    )


async def record(store: Store, *messages: Message) -> None:
    await store.record_messages(PROGRAM, list(messages))


async def fill(store: Store) -> None:
    """Messages of two days, one each two hours, two at a time differing by their network."""
    await record(
        store,
        *(
            make_message(
                id=f"m-{n}",
                date=MIDNIGHT - DAY + n * 2 * HOUR + n,
                network=("T-Mobile", None)[n % 2],
                segments=(None, 1, 3)[n % 3],
            )
            for n in range(24)
        ),
    )


async def test_a_batch_of_any_size_is_counted(store: Store, check_counts: CheckCounts) -> None:
    for size in (1, 60):
        await record(store, *(make_message(id=f"{size} {n}", segments=2) for n in range(size)))
        await check_counts()
    assert await counts(store) == [count(messages=61, segments=122, segmented=61)]


async def test_duplicates_and_what_is_rejected_are_not_counted_again(
    store: Store, check_counts: CheckCounts
) -> None:
    await record(store, make_message(), make_message(), make_message(body="other"))
    await record(store, make_message())
    await check_counts()
    assert await counts(store) == [count()]


async def test_a_receipt_moves_its_message_to_another_status_and_network(
    store: Store, check_counts: CheckCounts
) -> None:
    await record(store, make_message(network=None, segments=3), make_message(id="m-2"))
    await store.record_receipts(PROGRAM, [make_receipt(network="AT&T")])
    await check_counts()
    assert await counts(store, "network") == [
        count(delivery_status=DELIVERED, network="AT&T", segments=3, segmented=1),
        count(network="T-Mobile"),
    ]


async def test_a_receipt_that_waited_and_a_later_status_in_a_duplicate_count(
    store: Store, check_counts: CheckCounts
) -> None:
    await store.record_receipts(PROGRAM, [make_receipt(id="m-2", delivery_status=ERROR)])
    await record(store, make_message(), make_message(id="m-2"))
    await record(store, make_message(delivery_status=DELIVERED))
    await check_counts()
    assert await counts(store) == [count(delivery_status=DELIVERED), count(delivery_status=ERROR)]


async def test_a_status_of_no_higher_rank_changes_nothing(
    store: Store, check_counts: CheckCounts
) -> None:
    await record(store, make_message(delivery_status=DELIVERED))
    await store.record_receipts(PROGRAM, [make_receipt(delivery_status=ERROR)])
    await check_counts()
    assert await counts(store) == [count(delivery_status=DELIVERED)]


async def test_what_is_erased_is_counted_no_longer(store: Store, check_counts: CheckCounts) -> None:
    numbers = ("15550000001", "15550000002", "15550000001", "15550000003")
    await record(
        store,
        *(make_message(id=f"m-{n}", number=each, segments=n) for n, each in enumerate(numbers)),
    )
    await store.erase(PROGRAM, ["m-3", "unknown"])
    await check_counts()
    assert await store.erase_number(PROGRAM, "15550000001") == 2
    await check_counts()
    assert await counts(store) == [count(segments=1, segmented=1)]


async def test_what_retention_removes_is_counted_no_longer(
    store: Store, rows: Rows, check_counts: CheckCounts
) -> None:
    await record(store, *(make_message(id=f"m-{n}", date=MIDNIGHT - n * DAY) for n in range(5)))
    await store.purge(MIDNIGHT - 2 * DAY)
    await check_counts()
    starts = "SELECT start FROM message_count WHERE period = 'day' ORDER BY start"
    assert await rows(starts) == [(MIDNIGHT - n * DAY,) for n in (2, 1, 0)]


async def test_a_deleted_program_leaves_no_counts(store: Store, rows: Rows) -> None:
    await record(store, make_message(), make_message(id="m-2", network=None))
    await store.record_receipts(PROGRAM, [make_receipt()])
    await store.delete_program(PROGRAM)
    assert await rows("SELECT * FROM message_count") == []


async def test_programs_are_counted_apart(store: Store, check_counts: CheckCounts) -> None:
    await store.create_program(make_program(id=OTHER, name="Other", keywords=()))
    await record(store, make_message())
    await store.record_messages(OTHER, [make_message(), make_message(id="m-2")])
    await check_counts()
    assert await counts(store, program_id=OTHER) == [count(messages=2)]
    assert await counts(store, program_id=8) == []


async def test_periods_are_in_order_and_those_without_messages_are_left_out(store: Store) -> None:
    dates = (MIDNIGHT + 3 * HOUR, MIDNIGHT + HOUR, MIDNIGHT - 1)
    await record(store, *(make_message(id=str(date), date=date) for date in dates))
    assert await counts(store, "day") == [count(MIDNIGHT - DAY), count(MIDNIGHT, messages=2)]
    hours = (MIDNIGHT - HOUR, MIDNIGHT + HOUR, MIDNIGHT + 3 * HOUR)
    assert await counts(store, "hour") == [count(hour) for hour in hours]


@pytest.mark.parametrize("by", ["hour", "day"])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (MIDNIGHT - DAY + 1, MIDNIGHT + 4 * HOUR + 14),
        (MIDNIGHT - 2 * HOUR, MIDNIGHT + 2 * HOUR - 1),
        (MIDNIGHT - 2 * HOUR + 11, MIDNIGHT + 12),
        (MIDNIGHT + 2 * HOUR + 13, MIDNIGHT + 2 * HOUR + 13),
        (MIDNIGHT + 2 * HOUR + 14, MIDNIGHT + 3 * HOUR),
        (MIDNIGHT + SECOND, MIDNIGHT),
    ],
)
async def test_any_window_is_counted_to_the_microsecond(
    store: Store, rows: Rows, by: str, start: int, end: int
) -> None:
    await fill(store)
    length = {"hour": HOUR, "day": DAY}[by]
    within = Counter(
        date // length * length
        for (date,) in await rows("SELECT date FROM message")
        if start <= date <= end
    )
    found = await counts(store, by, start=start, end=end)
    assert [(each.start, each.messages) for each in found] == sorted(within.items())
    total = await counts(store, start=start, end=end)
    assert sum(each.messages for each in total) == within.total()


async def test_filters_hold_for_whole_periods_and_for_the_ends_of_a_window(store: Store) -> None:
    await fill(store)
    await store.record_receipts(PROGRAM, [make_receipt(id=f"m-{n}") for n in range(0, 24, 4)])
    window = {"start": MIDNIGHT - DAY + 1, "end": MIDNIGHT + 5 * HOUR}

    async def total(**filters: Any) -> int:
        found = await counts(store, "day", **window, filters=Filters(**filters))
        return sum(each.messages for each in found)

    assert await total() == 14
    assert await total(delivery_statuses=(DELIVERED,)) == 3
    assert await total(delivery_statuses=(DELIVERED, SENT)) == 14
    assert await total(networks=(None,)) == 7
    assert await total(networks=(None, "T-Mobile")) == 14
    assert await total(networks=("T-Mobile",), delivery_statuses=(SENT,)) == 4
    assert await total(message_type=MessageType.MO) == 0
    assert await total(message_type=MessageType.MT) == 14


@pytest.mark.parametrize("by", ["hour", "day", "network"])
@pytest.mark.parametrize("hours", [(0, 4), (21, 24), (5, 6)])
@pytest.mark.parametrize("start", [0, MIDNIGHT - DAY + 1, MIDNIGHT + 2 * HOUR - 3])
async def test_only_some_hours_of_each_day_are_counted(
    store: Store, rows: Rows, by: str, hours: tuple[int, int], start: int
) -> None:
    await fill(store)
    within = [
        date
        for (date,) in await rows("SELECT date FROM message")
        if date >= start and hours[0] <= date % DAY // HOUR < hours[1]
    ]
    found = await counts(store, by, start=start, hours=hours)
    assert sum(each.messages for each in found) == len(within)
    length = {"hour": HOUR, "day": DAY}.get(by)
    expected: set[int | None] = {date // length * length for date in within} if length else {None}
    assert {each.start for each in found} == (expected if within else set())


async def test_hours_of_days_before_1970_are_counted_under_their_day(store: Store) -> None:
    await record(store, make_message(date=-HOUR), make_message(id="m-2", date=-DAY))
    assert await counts(store, "day", start=-9 * DAY, hours=(23, 24)) == [count(-DAY)]
    assert await counts(store, "day", start=-9 * DAY, hours=(0, 1)) == [count(-DAY)]

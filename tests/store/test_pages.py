"""Pages of a walk: order, filters, pins, includes."""

import json
from typing import Any, Literal

import msgspec
import pytest

from smsledger.errors import ProgramNotFound
from smsledger.ledger.filters import Filters
from smsledger.ledger.instant import SECOND
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.ledger.walk import Key, PageQuery, Walk
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_message, make_receipt
from tests.store.reading import position_of


async def begin(store: Store, **what_matters: Any) -> Any:
    position = await position_of(store)
    plausible = {
        "epoch": position.epoch,
        "program_id": PROGRAM,
        "pin": position.last,
        "began": YESTERDAY,
        "start": 0,
        "end": YESTERDAY + 1000 * SECOND,
        "filters": Filters(),
    }
    return Walk(**{**plausible, **what_matters})


async def ids(store: Store, walk: Any, size: int = 3, **how: Any) -> tuple[list[str], list[int]]:
    """The ids of a whole walk, and how long its pages were."""
    found, sizes, key, number = [], [], None, 1
    while True:
        query = PageQuery(walk=walk, size=size, number=number, key=key, include=("id",), **how)
        page = await store.page(query)
        messages = json.loads(b"[" + page.messages + b"]")
        found += [message["id"] for message in messages]
        sizes.append(page.count)
        if page.next_key is None:
            return found, sizes
        key, number = page.next_key, number + 1


async def fill(store: Store, count: int = 10, **what_matters: Any) -> None:
    messages = [
        make_message(
            id=f"m-{n}", date=YESTERDAY + n * SECOND, number=f"1555000{n % 3}", **what_matters
        )
        for n in range(count)
    ]
    await store.record_messages(PROGRAM, messages)


async def test_messages_of_one_date_come_in_the_order_of_arrival(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message(id=each) for each in "cab"])
    assert (await ids(store, await begin(store), 1))[0] == ["c", "a", "b"]


async def test_earlier_dates_come_first_whatever_arrived_first(store: Store) -> None:
    late = make_message(id="late", date=YESTERDAY)
    await store.record_messages(PROGRAM, [make_message(id="first", date=YESTERDAY + 1), late])
    assert (await ids(store, await begin(store)))[0] == ["late", "first"]


async def test_a_full_last_page_is_followed_by_none(store: Store) -> None:
    await fill(store, 6)
    assert (await ids(store, await begin(store)))[1] == [3, 3]


async def test_an_empty_walk_is_one_empty_page(store: Store) -> None:
    assert await ids(store, await begin(store)) == ([], [0])


async def test_what_arrives_after_the_pin_is_not_seen(store: Store) -> None:
    await fill(store, 5)
    walk = await begin(store)
    await store.record_messages(PROGRAM, [make_message(id="new", date=YESTERDAY + SECOND)])
    assert (await ids(store, walk))[0] == [f"m-{n}" for n in range(5)]


async def test_both_bounds_are_inclusive(store: Store) -> None:
    await fill(store, 5)
    walk = await begin(store, start=YESTERDAY + SECOND, end=YESTERDAY + 3 * SECOND)
    assert (await ids(store, walk))[0] == ["m-1", "m-2", "m-3"]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_numbers_and_statuses_are_merged_in_the_order_of_the_page(
    store: Store, size: int
) -> None:
    await fill(store, 9)
    for n, status in (
        (1, DeliveryStatus.ERROR),
        (4, DeliveryStatus.DELIVERED),
        (5, DeliveryStatus.ERROR),
    ):
        await store.record_receipts(PROGRAM, [make_receipt(id=f"m-{n}", delivery_status=status)])
    failed = (DeliveryStatus.ERROR, DeliveryStatus.DELIVERED)
    walk = await begin(store, filters=Filters(delivery_statuses=failed))
    assert (await ids(store, walk, size))[0] == ["m-1", "m-4", "m-5"]
    walk = await begin(store, filters=Filters(numbers=("15550000", "15550002", "1")))
    assert (await ids(store, walk, size))[0] == ["m-0", "m-2", "m-3", "m-5", "m-6", "m-8"]
    both = Filters(numbers=("15550001",), delivery_statuses=failed)
    assert (await ids(store, await begin(store, filters=both), size))[0] == ["m-1", "m-4"]


CASES = (
    Filters(),
    Filters(numbers=("15550000",)),
    Filters(numbers=("15550000", "15550002")),
    Filters(delivery_statuses=(DeliveryStatus.ERROR, DeliveryStatus.SENT)),
    Filters(message_type=MessageType.MT, networks=("T-Mobile",)),
    Filters(numbers=("15550000",), delivery_statuses=(DeliveryStatus.ERROR, DeliveryStatus.SENT)),
)


@pytest.mark.parametrize("filters", CASES)
async def test_descending_pages_are_the_walk_from_its_other_end(
    store: Store, filters: Filters
) -> None:
    await fill(store, 11)
    await store.record_receipts(PROGRAM, [make_receipt(id="m-4")])
    errors = [make_receipt(id=f"m-{n}", delivery_status=DeliveryStatus.ERROR) for n in (2, 3)]
    await store.record_receipts(PROGRAM, errors)
    walk = await begin(store, start=YESTERDAY + SECOND, end=YESTERDAY + 9 * SECOND, filters=filters)
    forth, sizes = await ids(store, walk, 2)
    assert len(forth) > 2
    assert await ids(store, walk, 2, descending=True) == (forth[::-1], sizes)


@pytest.mark.parametrize("separator", [",", "\n"])
async def test_a_descending_page_begins_at_its_key_and_leaves_the_next(
    store: Store, separator: Literal[",", "\n"]
) -> None:
    await fill(store, 6)
    key, networks = Key(YESTERDAY + 4 * SECOND, 5), Filters(networks=("T-Mobile",))
    for filters in (Filters(), networks):
        walk = await begin(store, filters=filters)
        query = PageQuery(walk=walk, size=2, number=1, key=key, separator=separator)
        page = await store.page(msgspec.structs.replace(query, descending=True, include=("id",)))
        shown = json.loads(b"[" + page.messages.replace(b"\n", b",") + b"]")
        assert [each["id"] for each in shown] == ["m-4", "m-3"]
        assert page.next_key == Key(YESTERDAY + 2 * SECOND, 3)


async def test_descending_pages_see_no_more_than_the_pin(store: Store) -> None:
    await fill(store, 4)
    walk = await begin(store)
    await store.record_messages(PROGRAM, [make_message(id="new", date=YESTERDAY + SECOND)])
    assert (await ids(store, walk, descending=True))[0] == ["m-3", "m-2", "m-1", "m-0"]


async def test_types_and_networks_are_filtered(store: Store) -> None:
    await fill(store, 2)
    mo = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED}
    unknown = make_message(id="mo", date=YESTERDAY, network=None, **mo)
    await store.record_messages(PROGRAM, [unknown])
    for filters in (Filters(message_type=MessageType.MO), Filters(networks=(None,))):
        assert (await ids(store, await begin(store, filters=filters)))[0] == ["mo"]
    everything = Filters(networks=(None, "T-Mobile"))
    assert len((await ids(store, await begin(store, filters=everything)))[0]) == 3


async def test_an_offset_counts_messages(store: Store) -> None:
    await fill(store, 5)
    query = PageQuery(walk=await begin(store), size=2, number=2, offset=2, include=("id",))
    page = await store.page(query)
    assert [each["id"] for each in json.loads(b"[" + page.messages + b"]")] == ["m-2", "m-3"]
    assert page.next_key == Key(YESTERDAY + 4 * SECOND, 5)


async def test_included_fields_come_after_the_six_in_their_order(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message(short_code="20880", segments=2)])
    wanted = ("id", "shortCode", "segments", "updatedAt", "errorCode", "gateway")
    query = PageQuery(walk=await begin(store), size=1, number=1, include=wanted)
    message = json.loads((await store.page(query)).messages)
    assert tuple(message)[6:] == wanted
    assert [message[name] for name in wanted if name != "updatedAt"] == [
        "m-1",
        "20880",
        2,
        None,
        None,
    ]
    assert len(message["updatedAt"]) == len("2026-01-01T00:00:00.000000")


async def test_a_program_that_is_gone_has_no_pages(store: Store) -> None:
    walk = await begin(store)
    await store.delete_program(PROGRAM)
    with pytest.raises(ProgramNotFound):
        await store.page(PageQuery(walk=walk, size=1, number=1))

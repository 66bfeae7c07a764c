"""The check value of a message: right after every write, and wrong once anything else changed."""

import asyncio

import msgspec

from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.store.check_value import CHECKED, check_value_of, renew_check_value
from smsledger.store.store import Store
from smsledger.store.stored_message import StoredMessage
from tests.damaging import change_a_byte
from tests.databases import execute
from tests.making import PROGRAM, make_message, make_receipt
from tests.store.reading import stored_message
from tests.store.test_ledger import make_unrouted

HELD = StoredMessage(
    date=1_418_000_000_123_456,
    serial=7,
    change=9,
    id="m-7",
    type=MessageType.MT,
    delivery_status=DeliveryStatus.DELIVERED,
    first_status=DeliveryStatus.SENT,
    number="15556667777",
    network=None,
    short_code="20880",
    gateway="kannel",
    segments=2,
    error_code="0",
    date_given=True,
    first_seen=1_418_000_000_123_457,
    updated_at=1_418_000_000_123_458,
    fragment=b'{"body":"Hi"}',
)
OTHER = {
    **dict.fromkeys(("date", "serial", "change", "segments", "first_seen", "updated_at"), 1),
    "type": MessageType.MO,
    "delivery_status": DeliveryStatus.ERROR,
    "first_status": DeliveryStatus.ERROR,
    "network": "",
    "date_given": False,
    "fragment": b"other",
}


async def is_sound(store: Store, message_id: str = "m-1") -> bool:
    """Whether the row has the value that it should have."""
    stored = await stored_message(store, message_id)
    return stored.check_value == check_value_of(PROGRAM, stored)


def test_a_check_value_is_the_same_in_every_release() -> None:
    assert check_value_of(PROGRAM, HELD) == -773559441979143615


def test_a_check_value_is_over_the_program_and_every_column() -> None:
    assert {*CHECKED, "check_value"} == set(StoredMessage.__struct_fields__)
    known = check_value_of(PROGRAM, HELD)
    assert check_value_of(PROGRAM + 1, HELD) != known
    for name in CHECKED:
        changed = msgspec.structs.replace(HELD, **{name: OTHER.get(name, "other")})
        assert check_value_of(PROGRAM, changed) != known, name


async def test_a_new_message_has_its_check_value(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message(date=None), make_message(id="m-2")])
    assert await is_sound(store)
    assert await is_sound(store, "m-2")


async def test_many_new_messages_have_their_check_values(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(60)])
    assert await is_sound(store, "m-59")


async def test_whatever_changes_a_message_renews_its_check_value(store: Store) -> None:
    await store.record_receipts(PROGRAM, [make_receipt(id="m-1", delivery_status="Error")])
    await store.record_messages(PROGRAM, [make_message(remark="said", raw=b"\xff")])
    assert await is_sound(store)
    await store.record_receipts(PROGRAM, [make_receipt(network="Other"), make_receipt(text="ok")])
    assert await is_sound(store)
    await store.record_messages(PROGRAM, [make_message(delivery_status=DeliveryStatus.DELIVERED)])
    assert await is_sound(store)


async def test_an_assigned_message_has_its_check_value(store: Store) -> None:
    await store.keep_unrouted(make_unrouted())
    [waiting] = await store.unrouted(0, 1)
    await store.assign(waiting.ordinal, PROGRAM, make_message())
    assert await is_sound(store)


async def test_a_receipt_does_not_make_damage_look_sound(store: Store, store_url: str) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await asyncio.to_thread(change_a_byte, store_url)
    assert not await is_sound(store)
    await store.record_receipts(PROGRAM, [make_receipt()])
    assert not await is_sound(store)


def test_a_row_without_a_value_gets_the_right_one() -> None:
    assert renew_check_value(None, 1, 2) == 2
    assert renew_check_value(1, 1, 2) == 2
    assert renew_check_value(3, 1, 2) != 2


async def test_a_message_without_a_value_gets_one_when_it_changes(
    store: Store, store_url: str
) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    await asyncio.to_thread(execute, store_url, "UPDATE message SET check_value = NULL")
    assert (await stored_message(store)).check_value is None
    await store.record_receipts(PROGRAM, [make_receipt()])
    assert await is_sound(store)

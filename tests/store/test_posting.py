"""Recording messages and receipts: duplicates, conflicts, ranks, histories, orphans."""

from typing import Any

import pytest

from smsledger.errors import ProgramInactive, ProgramNotFound
from smsledger.ledger.instant import SECOND
from smsledger.ledger.model import (
    Accepted,
    DeliveryStatus,
    Duplicate,
    Message,
    MessageType,
    Receipt,
    Rejected,
)
from smsledger.store.posting import ID_CONFLICT
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_message, make_receipt
from tests.store.reading import history_of, message_of, position_of

ACCEPTED, DUPLICATE, ORPHAN = Accepted(), Duplicate(), Accepted(orphan=True)


async def record(store: Store, *messages: Message) -> list[Accepted | Duplicate | Rejected]:
    return await store.record_messages(PROGRAM, list(messages))


async def hear(store: Store, *receipts: Receipt) -> list[Accepted | Duplicate | Rejected]:
    return await store.record_receipts(PROGRAM, list(receipts))


async def test_serials_follow_the_order_of_the_body(store: Store) -> None:
    await record(store, make_message(id="b"), make_message(id="a"))
    assert (await message_of(store, "b"))["serial"] == 1
    assert (await message_of(store, "a"))["serial"] == 2
    assert (await position_of(store)).last == 2


async def test_the_same_message_again_is_a_duplicate(store: Store) -> None:
    assert await record(store, make_message()) == [ACCEPTED]
    assert await record(store, make_message()) == [DUPLICATE]
    assert (await position_of(store)).last == 1


async def test_a_duplicate_within_one_body_counts_as_one(store: Store) -> None:
    assert await record(store, make_message(), make_message()) == [ACCEPTED, DUPLICATE]


@pytest.mark.parametrize(
    "difference",
    [{"body": "another"}, {"number": "15550000000"}, {"type": MessageType.MO}, {"date": 1}],
)
async def test_other_content_under_the_same_id_is_a_conflict(
    store: Store, difference: dict[str, Any]
) -> None:
    await record(store, make_message())
    if "type" in difference:
        difference["delivery_status"] = DeliveryStatus.RECEIVED
    held = await message_of(store), await history_of(store), await position_of(store)
    assert await record(store, make_message(**difference)) == [ID_CONFLICT]
    assert (await message_of(store), await history_of(store), await position_of(store)) == held


async def test_a_conflict_within_one_body_keeps_the_first(store: Store) -> None:
    outcomes = await record(store, make_message(), make_message(body="another"))
    assert outcomes == [ACCEPTED, ID_CONFLICT]


async def test_dates_are_compared_only_when_both_gave_one(store: Store) -> None:
    await record(store, make_message(date=None))
    assert await record(store, make_message(date=YESTERDAY)) == [DUPLICATE]
    assert await record(store, make_message(date=None)) == [DUPLICATE]


async def test_a_date_in_whole_seconds_is_the_same_as_one_with_a_fraction(store: Store) -> None:
    whole = YESTERDAY // SECOND * SECOND
    await record(store, make_message(date=whole + 250_000))
    assert await record(store, make_message(date=whole)) == [DUPLICATE]
    assert await record(store, make_message(date=whole + 250_001)) == [ID_CONFLICT]
    assert await record(store, make_message(date=whole + SECOND)) == [ID_CONFLICT]


async def test_a_message_without_a_date_has_the_one_of_its_first_sight(store: Store) -> None:
    await record(store, make_message(date=None))
    message = await message_of(store)
    assert message["date"] == message["first_seen"]


async def test_a_later_status_in_a_duplicate_counts_as_a_receipt(store: Store) -> None:
    await record(store, make_message())
    again = make_message(delivery_status=DeliveryStatus.DELIVERED)
    assert await record(store, again) == [DUPLICATE]
    assert (await message_of(store))["delivery_status"] == "Delivered"
    assert await record(store, make_message()) == [DUPLICATE]
    assert (await message_of(store))["delivery_status"] == "Delivered"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
async def test_the_highest_status_wins_whatever_the_order(
    store: Store, order: tuple[int, int, int]
) -> None:
    statuses = (DeliveryStatus.ERROR, DeliveryStatus.UNDELIVERED, DeliveryStatus.DELIVERED)
    await record(store, make_message())
    for place in order:
        await hear(store, make_receipt(delivery_status=statuses[place]))
    assert (await message_of(store))["delivery_status"] == "Delivered"
    said = [entry["delivery_status"] for entry in await history_of(store)]
    assert said == [statuses[place] for place in order]


async def test_a_change_draws_a_number_and_moves_no_date(store: Store) -> None:
    await record(store, make_message(), make_message(id="m-2"))
    await hear(store, make_receipt(network="Verizon", error_code="000"))
    message = await message_of(store)
    assert (message["serial"], message["change"], message["date"]) == (1, 3, YESTERDAY)
    assert (message["network"], message["error_code"]) == ("Verizon", "000")
    assert b'"deliveryStatus":"Delivered"' in message["fragment"]


async def test_the_same_receipt_again_is_a_duplicate(store: Store) -> None:
    await record(store, make_message())
    assert await hear(store, make_receipt(), make_receipt()) == [ACCEPTED, DUPLICATE]
    assert await hear(store, make_receipt()) == [DUPLICATE]
    assert len(await history_of(store)) == 1


async def test_a_receipt_of_the_other_type_is_rejected_by_name(store: Store) -> None:
    await record(store, make_message())
    [outcome] = await hear(store, make_receipt(delivery_status=DeliveryStatus.RECEIVED))
    assert isinstance(outcome, Rejected)
    assert (outcome.field, outcome.code) == ("deliveryStatus", "status_mismatch")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_the_network_is_that_of_the_standing_status_whatever_the_order(
    store: Store, order: tuple[int, int]
) -> None:
    said = (
        make_receipt(delivery_status=DeliveryStatus.ERROR, network="A"),
        make_receipt(delivery_status=DeliveryStatus.DELIVERED, network="B"),
    )
    await record(store, make_message(network=None))
    for place in order:
        await hear(store, said[place])
    assert (await message_of(store))["network"] == "B"


async def test_a_receipt_without_a_status_is_history_only(store: Store) -> None:
    await record(store, make_message())
    assert await hear(store, make_receipt(delivery_status=None, text="buffered")) == [ACCEPTED]
    assert (await message_of(store))["delivery_status"] == "Sent"
    assert [entry["text"] for entry in await history_of(store)] == ["buffered"]


async def test_a_receipt_before_its_message_waits_for_it(store: Store) -> None:
    assert await hear(store, make_receipt(), make_receipt()) == [ORPHAN, DUPLICATE]
    assert await hear(store, make_receipt()) == [DUPLICATE]
    await record(store, make_message())
    assert (await message_of(store))["delivery_status"] == "Delivered"
    assert (await store.gauges(YESTERDAY)).orphans == 0


async def test_a_receipt_with_a_number_joins_only_that_number(store: Store) -> None:
    await hear(store, make_receipt(number="15550000000"))
    await record(store, make_message())
    assert (await message_of(store))["delivery_status"] == "Sent"
    assert await hear(store, make_receipt(number="15551111111")) == [ORPHAN]
    assert await hear(store, make_receipt(number="15556667777")) == [ACCEPTED]


async def test_what_a_gateway_said_beyond_the_fields_is_in_the_history(store: Store) -> None:
    await record(store, make_message(remark="claimed 1999", raw=b"\x00"))
    [entry] = await history_of(store)
    assert (entry["text"], entry["raw"], entry["delivery_status"]) == (
        "claimed 1999",
        b"\x00",
        None,
    )


async def test_an_inactive_program_takes_receipts_and_no_messages(store: Store) -> None:
    await record(store, make_message())
    await store.set_active(PROGRAM, active=False)
    with pytest.raises(ProgramInactive):
        await record(store, make_message(id="m-2"))
    assert await hear(store, make_receipt()) == [ACCEPTED]


async def test_a_program_that_does_not_exist_takes_no_messages(store: Store) -> None:
    with pytest.raises(ProgramNotFound):
        await store.record_messages(7, [make_message()])


async def test_an_empty_batch_draws_nothing(store: Store) -> None:
    assert await record(store) == []
    assert (await position_of(store)).last == 0


async def test_a_lenient_receipt_without_a_text_is_a_remark_of_its_status(store: Store) -> None:
    await record(store, make_message())
    odd = make_receipt(delivery_status=DeliveryStatus.RECEIVED, text=None)
    assert await store.record_receipts(PROGRAM, [odd], lenient=True) == [ACCEPTED]
    [entry] = await history_of(store)
    assert (entry["delivery_status"], entry["text"]) == (None, "said Received: ")


async def test_a_receipt_that_does_not_win_still_says_an_unknown_network(store: Store) -> None:
    await record(store, make_message(delivery_status=DeliveryStatus.DELIVERED, network=None))
    await hear(store, make_receipt(delivery_status=DeliveryStatus.SENT, network="Verizon"))
    message = await message_of(store)
    assert (message["delivery_status"], message["network"]) == ("Delivered", "Verizon")
    await hear(store, make_receipt(delivery_status=DeliveryStatus.ERROR, network="Sprint"))
    assert (await message_of(store))["network"] == "Verizon"

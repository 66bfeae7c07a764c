from collections.abc import Awaitable, Callable, Collection
from typing import Any

import pytest

from smsledger.intake import routing
from smsledger.intake.gateways.arrival import Arrival
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.ledger.model import Accepted, Credential, DeliveryStatus, Duplicate, Outcome, Scope
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.store.reading import history_of, message_of, position_of

BOUNDS = DateBounds.at(instant.now(), 365)


Take = Callable[..., Awaitable[Outcome | None]]


@pytest.fixture
def take(store: Store) -> Take:
    async def take(programs: Collection[int] = (), **what_matters: Any) -> Outcome | None:
        plausible = {
            "id": "m-1",
            "gateway": "kannel",
            "sender": "15556667777",
            "body": "join now",
            "short_code": "20880",
            "date": YESTERDAY,
        }
        arrival = Arrival(**{**plausible, **what_matters})
        credential = Credential(
            username="gateway", scopes=frozenset({Scope.INGEST}), programs=frozenset(programs)
        )
        return await routing.take_message(store, arrival, BOUNDS, credential, store.keep_unrouted)

    return take


async def reasons(store: Store) -> list[str]:
    return [each.reason for each in await store.unrouted(0, 10)]


@pytest.mark.parametrize("body", ["JOIN", "join now", "  Join.\n", "join!"])
async def test_the_first_word_is_the_keyword(store: Store, take: Take, body: str) -> None:
    assert await take(body=body) == Accepted()
    assert (await message_of(store))["short_code"] == "20880"


async def test_a_program_named_in_the_url_goes_before_code_and_keyword(
    store: Store, take: Take
) -> None:
    await store.create_program(make_program(id=7, name="Named", keywords=()))
    assert await take(program_id=7) == Accepted()
    assert (await position_of(store, 7)).last == 1


async def test_other_words_go_to_the_code_s_default_program(store: Store, take: Take) -> None:
    assert await take(body="what?") is None
    await store.create_program(make_program(id=7, name="Rest", keywords=(), is_default=True))
    assert await take(id="m-2", body="what?") == Accepted()
    assert await take(id="m-3", body="") == Accepted()


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"sender": "SHOP"}, "the sender is not a number of 3 to 20 digits"),
        ({"sender": ""}, "the sender is not a number of 3 to 20 digits"),
        ({"short_code": "20881"}, "no program on short code 20881"),
        ({"short_code": None}, "no program on short code None"),
        ({"program_id": 99}, "There is no program 99."),
        ({"programs": {1}}, f"the credential may not ingest into program {PROGRAM}"),
    ],
)
async def test_what_finds_no_program_is_kept_with_the_reason(
    store: Store, take: Take, odd: dict[str, Any], reason: str
) -> None:
    assert await take(**odd) is None
    assert await take(**odd) is None
    [told] = await reasons(store)
    assert told == reason


async def test_a_deactivated_program_s_messages_are_kept(store: Store, take: Take) -> None:
    await store.set_active(PROGRAM, active=False)
    assert await take() is None
    assert "deactivated" in (await reasons(store))[0]


async def test_a_retry_is_a_duplicate_and_other_content_is_kept(store: Store, take: Take) -> None:
    assert await take() == Accepted()
    assert await take() == Duplicate()
    for body in ("join me", "join us", "join us"):
        assert await take(body=body) is None
    waiting = await store.unrouted(0, 10)
    assert [each.body for each in waiting] == ["join me", "join us"]
    assert "another message under this id" in waiting[0].reason
    message = routing.message_of(waiting[0], BOUNDS)
    assert await store.assign(waiting[0].ordinal, PROGRAM, message) == Accepted()


async def test_two_unrouted_messages_under_one_id_are_both_kept(store: Store, take: Take) -> None:
    for body in ("one", "two", "one"):
        assert await take(short_code="1", body=body) is None
    assert [each.body for each in await store.unrouted(0, 10)] == ["one", "two"]


async def test_a_message_that_waited_keeps_the_date_that_it_had(store: Store, take: Take) -> None:
    await take(short_code="1", date=YESTERDAY)
    [waiting] = await store.unrouted(0, 10)
    assert await routing.assign(store, waiting, PROGRAM, BOUNDS) is None
    assert (await message_of(store))["date"] == YESTERDAY < waiting.received_at


async def test_a_message_that_waited_is_dated_when_it_came(store: Store, take: Take) -> None:
    await take(short_code="1", date=None)
    [waiting] = await store.unrouted(0, 10)
    assert routing.message_of(waiting, BOUNDS).date == waiting.received_at


@pytest.mark.parametrize("distance", [-400 * instant.DAY, 2 * instant.DAY])
async def test_a_date_that_cannot_be_true_goes_to_the_history(
    store: Store, take: Take, distance: int
) -> None:
    date = instant.now() + distance
    assert await take(date=date, remark="odd") == Accepted()
    message = await message_of(store)
    assert message["date"] == message["first_seen"]
    [entry] = await history_of(store)
    assert entry["text"] == f"odd; claimed date {instant.render_micros(date)}"


async def test_raw_bytes_are_kept(store: Store, take: Take) -> None:
    await take(body="join \ufffd", raw=b"join \x00")
    assert [entry["raw"] for entry in await history_of(store)] == [b"join \x00"]


async def hear(
    store: Store,
    program_id: int | None = PROGRAM,
    sees: Callable[[int], bool] = lambda _: True,
    **what_matters: Any,
) -> Outcome:
    receipt = make_receipt(gateway="kannel", **what_matters)
    return await routing.take_receipt(store, program_id, receipt, sees)


async def test_a_receipt_joins_its_message(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    assert await hear(store) == Accepted()
    assert await hear(store) == Duplicate()


async def test_a_status_that_the_message_cannot_have_goes_to_the_history(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    assert await hear(store, delivery_status=DeliveryStatus.RECEIVED, text="odd") == Accepted()
    assert await hear(store, delivery_status=DeliveryStatus.RECEIVED, text="odd") == Duplicate()
    assert [entry["text"] for entry in await history_of(store)] == ["said Received: odd"]


async def test_a_receipt_without_a_program_that_can_be_its_own_is_kept(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_message()])
    assert await hear(store, program_id=None) == Accepted(orphan=True)
    assert await hear(store, sees=lambda _: False) == Duplicate()
    assert await hear(store, program_id=99) == Duplicate()
    assert (await message_of(store))["delivery_status"] == "Sent"

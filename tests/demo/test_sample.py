from collections import Counter
from itertools import pairwise
from statistics import mean

import pytest

from smsledger.demo import sample
from smsledger.demo.texts import segments
from smsledger.ledger import message_json
from smsledger.ledger.consent import ConsentWords, Kind
from smsledger.ledger.instant import DAY, SECOND, parse
from smsledger.ledger.model import DeliveryStatus, Message, MessageType, Receipt

END = parse("2025-11-22T12:00:00").first
COUNT = 20_000


@pytest.fixture(scope="module")
def year() -> list[sample.Batch]:
    return list(sample.batches(count=COUNT, seed=7, end=END))


@pytest.fixture(scope="module")
def messages(year: list[sample.Batch]) -> list[Message]:
    return [message for batch in year for message in batch.messages]


@pytest.fixture(scope="module")
def receipts(year: list[sample.Batch]) -> list[Receipt]:
    return [receipt for batch in year for receipt in batch.receipts]


def date_of(message: Message | Receipt) -> int:
    assert message.date is not None
    return message.date


def test_the_same_seed_gives_the_same_year(year: list[sample.Batch]) -> None:
    assert list(sample.batches(count=COUNT, seed=7, end=END)) == year


def test_another_seed_gives_another_year(messages: list[Message]) -> None:
    other = next(sample.batches(count=COUNT, seed=8, end=END))
    assert [message.body for message in other.messages] != [
        message.body for message in messages[: len(other.messages)]
    ]


def test_the_size_of_the_batches_changes_no_message(messages: list[Message]) -> None:
    small = sample.batches(count=COUNT, seed=7, end=END, size=77)
    assert [message for batch in small for message in batch.messages] == messages


@pytest.mark.parametrize("count", [0, 1, 3, 1000, 1001])
def test_there_are_as_many_messages_as_asked_for(count: int) -> None:
    batches = list(sample.batches(count=count, seed=1, end=END, size=1000))
    assert sum(len(batch.messages) for batch in batches) == count


def test_ids_are_unique_and_name_the_seed(messages: list[Message]) -> None:
    assert messages[0].id == "s7-000000001"
    assert len({message.id for message in messages}) == COUNT


def test_the_messages_span_the_year_and_stay_within_it(messages: list[Message]) -> None:
    dates = [date_of(message) for message in messages]
    assert END - sample.YEAR <= min(dates) < END - sample.YEAR + 2 * DAY
    assert END - DAY < max(dates) <= END


def test_messages_come_mostly_in_order_of_date(messages: list[Message]) -> None:
    dates = [date_of(message) for message in messages]
    late = sum(later < date for date, later in pairwise(dates))
    assert 0 < late < COUNT * 0.02


def test_a_message_takes_about_as_many_bytes_as_in_production(messages: list[Message]) -> None:
    assert 208 < mean(len(message_json.of_message(m, date_of(m))) for m in messages) < 228


def test_the_last_statuses_are_those_of_a_real_program(
    messages: list[Message], receipts: list[Receipt]
) -> None:
    last: dict[str, DeliveryStatus | None] = {m.id: m.delivery_status for m in messages}
    last |= {receipt.id: receipt.delivery_status for receipt in receipts}
    mts = Counter(last[m.id] for m in messages if m.type is MessageType.MT)
    share = {status: count / mts.total() for status, count in mts.items()}
    assert 0.94 < share[DeliveryStatus.DELIVERED] < 0.96
    assert 0.010 < share[DeliveryStatus.UNDELIVERED] + share[DeliveryStatus.ERROR] < 0.016
    assert 0.025 < share[DeliveryStatus.SENT] < 0.045


def test_every_status_fits_its_type(messages: list[Message]) -> None:
    assert all(message.delivery_status.fits(message.type) for message in messages)
    assert {message.type for message in messages} == set(MessageType)


def test_failures_alone_have_an_error_code(messages: list[Message]) -> None:
    failed = {DeliveryStatus.UNDELIVERED, DeliveryStatus.ERROR}
    assert all((m.error_code is not None) == (m.delivery_status in failed) for m in messages)


def test_young_messages_get_receipts_after_their_birth(year: list[sample.Batch]) -> None:
    sent: dict[str, Message] = {}
    for batch in year:
        sent |= {m.id: m for m in batch.messages if m.delivery_status is DeliveryStatus.SENT}
        assert all(sent[r.id].number == r.number for r in batch.receipts)
        assert all(date_of(sent[r.id]) < date_of(r) <= END for r in batch.receipts)


def test_some_receipts_are_days_late(messages: list[Message], receipts: list[Receipt]) -> None:
    dates = {message.id: date_of(message) for message in messages}
    delays = [date_of(receipt) - dates[receipt.id] for receipt in receipts]
    assert len(delays) > 50
    assert max(delays) > DAY


@pytest.mark.parametrize("keywords", [frozenset(), frozenset({"JOIN"})])
def test_who_has_opted_out_is_sent_nothing_but_the_answer_to_the_stop(
    keywords: frozenset[str],
) -> None:
    year = sample.batches(count=COUNT, seed=9, end=END, keywords=keywords)
    messages = sorted((m for batch in year for m in batch.messages), key=date_of)
    opted_out: dict[str, int] = {}
    for message in messages:
        kind, _ = ConsentWords().judge(message.body, keywords.__contains__)
        if message.type is MessageType.MT:
            told = opted_out.get(message.number)
            assert told is None or date_of(message) - told < sample.LATE_BY + 5 * SECOND
            assert told is None or message.body.startswith("You are unsubscribed")
        elif kind is Kind.OPT_OUT:
            opted_out[message.number] = date_of(message)
        elif kind is Kind.OPT_IN:
            opted_out.pop(message.number, None)
    assert len(opted_out) > 30


def test_numbers_repeat_and_belong_to_nobody(messages: list[Message]) -> None:
    numbers = Counter(message.number for message in messages)
    assert COUNT / len(numbers) > 20
    assert all(number.startswith(("1555", "447700900")) for number in numbers)


def test_texts_have_emoji_accents_and_several_parts(messages: list[Message]) -> None:
    bodies = {message.body for message in messages}
    assert any("\N{PARTY POPPER}" in body for body in bodies)
    assert any("ñ" in body for body in bodies)
    assert max(message.segments or 0 for message in messages) == 3


def test_networks_include_none_and_one_with_a_comma(messages: list[Message]) -> None:
    assert {None, "AT&T Mobility, LLC"} < {message.network for message in messages}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JOIN", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 307, 3),
        ("ñ" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("\N{THUMBS UP SIGN}" * 35, 1),
        ("\N{THUMBS UP SIGN}" * 36, 2),
    ],
)
def test_segments_are_counted_as_carriers_do(text: str, expected: int) -> None:
    assert segments(text) == expected

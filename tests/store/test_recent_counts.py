"""The latest messages of many programs, in one question."""

from collections import Counter
from typing import Any

import pytest

from smsledger.ledger import instant
from smsledger.ledger.counts import RecentQuery
from smsledger.ledger.instant import DAY, HOUR, MINUTE
from smsledger.ledger.model import DeliveryStatus, Message, MessageType
from smsledger.store.store import Store
from tests.making import PROGRAM, make_message, make_program

DAYS = 3
# Instants to look from: within an hour, on the hour, and at midnight.
MIDNIGHT = instant.midnight(instant.now()) - DAY
MOMENTS = [MIDNIGHT + 10 * HOUR + 20 * MINUTE, MIDNIGHT + 10 * HOUR, MIDNIGHT]


def dates(now: int) -> list[int]:
    """Around every bound that there is."""
    hour, today, day_ago = now // HOUR * HOUR, instant.midnight(now), now - DAY
    bounds = (now, hour, today, day_ago, -(-day_ago // HOUR) * HOUR, today - (DAYS - 1) * DAY)
    return sorted({bound + off for bound in bounds for off in (-MINUTE, -1, 0, 1, MINUTE)})


async def recent(store: Store, now: int, *program_ids: int) -> Counter[tuple[int, int | None, str]]:
    """By program and start: messages, MTs and those delivered."""
    query = RecentQuery(program_ids=program_ids, now=now, days=DAYS)
    figures: Counter[tuple[int, int | None, str]] = Counter()
    for each in await store.recent_counts(query):
        for name in ("messages", "sent", "delivered"):
            figures[each.program_id, each.start, name] += getattr(each, name)
    return +figures


def counted(
    program_id: int, messages: list[Message], now: int
) -> Counter[tuple[int, int | None, str]]:
    """The same of messages, one by one."""
    figures: Counter[tuple[int, int | None, str]] = Counter()
    for each in messages:
        assert each.date is not None
        day = instant.midnight(each.date)
        starts: list[int | None] = (
            [day] if instant.midnight(now) - (DAYS - 1) * DAY <= each.date <= now else []
        )
        starts += [None] if now - DAY <= each.date <= now else []
        for start in starts:
            figures[program_id, start, "messages"] += 1
            figures[program_id, start, "sent"] += each.type is MessageType.MT
            is_delivered = each.delivery_status is DeliveryStatus.DELIVERED
            figures[program_id, start, "delivered"] += is_delivered
    return +figures


@pytest.mark.parametrize("now", MOMENTS)
async def test_they_are_exact_at_every_bound(store: Store, now: int) -> None:
    kinds: list[dict[str, Any]] = [
        {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED},
        {"delivery_status": DeliveryStatus.DELIVERED},
        {},
    ]
    messages = [
        make_message(id=f"m-{n}", date=date, **kinds[n % 3]) for n, date in enumerate(dates(now))
    ]
    await store.record_messages(PROGRAM, messages)
    assert await recent(store, now, PROGRAM) == counted(PROGRAM, messages, now)


async def test_each_program_has_its_own_and_one_that_is_not_asked_for_none(store: Store) -> None:
    others = [await store.create_program(make_program(id=0, name=n, keywords=())) for n in "ab"]
    now = MOMENTS[0]
    for number, program in enumerate([PROGRAM, *(each.id for each in others)], 1):
        some = [make_message(id=f"m-{n}", date=now - n) for n in range(number)]
        await store.record_messages(program, some)
    figures = await recent(store, now, PROGRAM, others[1].id, 5)
    assert {key[0]: figures[key] for key in figures if key[1:] == (None, "messages")} == {
        PROGRAM: 1,
        others[1].id: 3,
    }


async def test_of_no_program_there_are_none(store: Store) -> None:
    assert await recent(store, MOMENTS[0]) == Counter()

"""Beyond the limit unrouted messages are refused for now; before it, an operator is told."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.types import EventDict

from smsledger.errors import UnroutedFull
from smsledger.intake.unrouted_limit import UnroutedLimit
from smsledger.ledger import instant
from smsledger.ledger.model import Credential, Scope, Unrouted
from smsledger.store import open_store
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_message

LIMIT, HALF = 5, 2
COUNT_SECONDS = 0.01
_IDS = count()


def make_unrouted(**what_matters: Any) -> Unrouted:
    plausible: dict[str, Any] = {"id": f"id-{next(_IDS)}", "gateway": "kannel"}
    text = {"sender": "15556667777", "body": "HELLO"}
    reason = {"reason": "no program", "received_at": YESTERDAY}
    return Unrouted(**{**plausible, **text, **reason, **what_matters})


def make_credential(*programs: int) -> Credential:
    scopes = frozenset({Scope.INGEST})
    return Credential(username="gateway", scopes=scopes, programs=frozenset(programs))


ALL, LIMITED = make_credential(), make_credential(PROGRAM)


class Clock:
    """A monotonic clock that moves only when a test or a count moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counted(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The limits of the counts so far; a count takes COUNT_SECONDS of the clock."""
    counted: list[int] = []
    count_unrouted = store.count_unrouted

    async def timed(limit: int) -> int:
        counted.append(limit)
        clock.now += COUNT_SECONDS
        return await count_unrouted(limit)

    monkeypatch.setattr(store, "count_unrouted", timed)
    return counted


async def kept_until_full(limit: UnroutedLimit, credential: Credential = ALL) -> int:
    """How many messages are kept until one is refused."""
    kept = 0
    with suppress(UnroutedFull):
        while True:
            await limit.keep(make_unrouted(), credential)
            kept += 1
    return kept


async def assign_one(store: Store) -> int:
    [first] = await store.unrouted(0, 1)
    await store.assign(first.ordinal, PROGRAM, make_message(id=first.id))
    return 1


async def assign_newest(store: Store) -> int:
    newest = (await store.unrouted(0, 10))[-1]
    await store.assign(newest.ordinal, PROGRAM, make_message(id=newest.id))
    return 1


async def erase(store: Store) -> int:
    return await store.erase_number(NO_PROGRAM, "15556667777")


async def purge(store: Store) -> int:
    await store.purge(instant.now())
    return LIMIT


async def test_messages_of_all_processes_count(store: Store, store_url: str, clock: Clock) -> None:
    other = await open_store(store_url)
    mine, theirs = UnroutedLimit(store, LIMIT, clock), UnroutedLimit(other, LIMIT, clock)
    for limit in (mine, theirs, theirs, mine, mine):
        await limit.keep(make_unrouted(), ALL)
    for limit in (mine, theirs):
        with pytest.raises(UnroutedFull, match="limit of 5 unrouted"):
            await limit.keep(make_unrouted(), ALL)
    await other.close()
    assert await store.count_unrouted(10) == LIMIT


@pytest.mark.parametrize("leave", [assign_one, assign_newest, erase, purge])
async def test_what_leaves_makes_room_from_the_next_count(
    store: Store, clock: Clock, counted: list[int], leave: Callable[[Store], Awaitable[int]]
) -> None:
    limit, room = UnroutedLimit(store, LIMIT, clock), 0
    assert await kept_until_full(limit) == LIMIT
    gone = await leave(store)
    for _ in range(LIMIT + 1):
        clock.now += 20 * COUNT_SECONDS  # a count is due, since counts may take 5 % of the time
        room += await kept_until_full(limit)
    assert room == gone


async def test_at_the_limit_messages_are_counted_for_a_small_share_of_the_time(
    store: Store, clock: Clock, counted: list[int]
) -> None:
    limit = UnroutedLimit(store, LIMIT, clock)
    assert await kept_until_full(limit) == LIMIT
    counted.clear()
    for _ in range(200):
        clock.now += COUNT_SECONDS
        assert await kept_until_full(limit) == 0
    assert 5 <= len(counted) <= 10


async def test_the_alarm_is_logged_once_before_the_limit_and_once_at_it(
    store: Store, clock: Clock
) -> None:
    limit = UnroutedLimit(store, LIMIT, clock)
    with capture_logs() as logs:
        await kept_until_full(limit)
        for _ in range(3):
            await kept_until_full(limit)
    assert alarms(logs) == [(4, LIMIT), (5, LIMIT)]


def alarms(logs: list[EventDict]) -> list[tuple[int, int]]:
    """How many messages waited at each alarm, and its limit."""
    return [(log["waiting"], log["limit"]) for log in logs if log["event"] == "unrouted_alarm"]


async def test_most_messages_cost_no_count(store: Store, clock: Clock, counted: list[int]) -> None:
    limit = UnroutedLimit(store, 1000, clock)
    for _ in range(20):
        await limit.keep(make_unrouted(), ALL)
        clock.now += 1
    assert len(counted) == 1
    clock.now += 60
    await limit.keep(make_unrouted(), ALL)
    assert len(counted) == 2


async def test_credentials_limited_to_programs_fill_at_most_half(
    store: Store, clock: Clock
) -> None:
    limit = UnroutedLimit(store, LIMIT, clock)
    assert await kept_until_full(limit, LIMITED) == HALF
    with pytest.raises(UnroutedFull, match="2 unrouted messages for credentials limited to pro"):
        await limit.keep(make_unrouted(), make_credential(7))
    assert await kept_until_full(limit, ALL) == LIMIT - HALF
    assert await kept_until_full(limit, LIMITED) == 0


async def test_even_the_lowest_limit_keeps_a_message_of_a_limited_credential(
    store: Store, clock: Clock
) -> None:
    assert await kept_until_full(UnroutedLimit(store, 1, clock), LIMITED) == 1


async def test_the_half_of_limited_credentials_has_an_alarm_of_its_own(
    store: Store, clock: Clock
) -> None:
    limit = UnroutedLimit(store, 10, clock)
    with capture_logs() as logs:
        await kept_until_full(limit, LIMITED)
        await kept_until_full(limit, LIMITED)
        await kept_until_full(limit, ALL)
    assert alarms(logs) == [(4, 5), (5, 5), (8, 10), (10, 10)]


async def test_without_limited_credentials_their_half_raises_no_alarm(
    store: Store, clock: Clock
) -> None:
    limit = UnroutedLimit(store, 10, clock)
    with capture_logs() as logs:
        for _ in range(7):
            await limit.keep(make_unrouted(), ALL)
    assert alarms(logs) == []


async def test_the_half_raises_its_alarm_again_after_messages_have_left(
    store: Store, clock: Clock
) -> None:
    limit = UnroutedLimit(store, 10, clock)
    assert await kept_until_full(limit, LIMITED) == 5
    await purge(store)
    clock.now += 61
    await limit.keep(make_unrouted(), ALL)  # counts
    with capture_logs() as logs:
        assert await kept_until_full(limit, LIMITED) == 4
    assert alarms(logs) == [(4, 5), (5, 5)]


async def test_most_messages_of_limited_credentials_cost_no_count(
    store: Store, clock: Clock, counted: list[int]
) -> None:
    limit = UnroutedLimit(store, 1000, clock)
    for _ in range(20):
        await limit.keep(make_unrouted(), LIMITED)
        await limit.keep(make_unrouted(), ALL)
    assert len(counted) == 1


@pytest.mark.parametrize("credential", [ALL, LIMITED], ids=["all", "limited"])
async def test_a_stored_message_is_kept_again_at_the_limit(
    store: Store, clock: Clock, credential: Credential
) -> None:
    limit, message = UnroutedLimit(store, LIMIT, clock), make_unrouted()
    await limit.keep(message, credential)
    await kept_until_full(limit, ALL)
    await limit.keep(message, credential)
    with pytest.raises(UnroutedFull):
        await limit.keep(make_unrouted(id=message.id, body="OTHER"), credential)
    assert await store.count_unrouted(10) == LIMIT

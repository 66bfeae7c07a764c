"""Beyond the limit unrouted messages are refused for now; before it, an operator is told."""

import asyncio
from contextlib import suppress
from itertools import count

import pytest
from structlog.testing import capture_logs

from smsledger.errors import UnroutedFull
from smsledger.intake.unrouted_limit import UnroutedLimit
from smsledger.ledger import instant
from smsledger.ledger.model import Unrouted
from smsledger.store import open_store
from smsledger.store.posting import NO_PROGRAM
from tests.making import PROGRAM, YESTERDAY, make_message

LIMIT = 5
_IDS = count()


def make_unrouted(**what_matters):
    plausible = {"id": f"id-{next(_IDS)}", "gateway": "kannel", "sender": "15556667777"}
    reason = {"body": "HELLO", "reason": "no program", "received_at": YESTERDAY}
    return Unrouted(**{**plausible, **reason, **what_matters})


async def kept_until_full(limit):
    """How many messages are kept until one is refused."""
    kept = 0
    with suppress(UnroutedFull):
        while True:
            await limit.keep(make_unrouted())
            kept += 1
    return kept


async def assign_one(store):
    [first] = await store.unrouted(0, 1)
    await store.assign(first.ordinal, PROGRAM, make_message(id=first.id))
    return 1


async def assign_newest(store):
    newest = (await store.unrouted(0, 10))[-1]
    await store.assign(newest.ordinal, PROGRAM, make_message(id=newest.id))
    return 1


async def erase(store):
    return await store.erase_number(NO_PROGRAM, "15556667777")


async def purge(store):
    await store.purge(instant.now())
    return LIMIT


async def test_messages_of_all_processes_count(store, store_url):
    other = await open_store(store_url)
    mine, theirs = UnroutedLimit(store, LIMIT), UnroutedLimit(other, LIMIT)
    for limit in (mine, theirs, theirs, mine, mine):
        await limit.keep(make_unrouted())
    for limit in (mine, theirs):
        with pytest.raises(UnroutedFull, match="limit of 5 unrouted"):
            await limit.keep(make_unrouted())
    await other.close()
    assert await store.count_unrouted(10) == LIMIT


@pytest.mark.parametrize("leave", [assign_one, assign_newest, erase, purge])
async def test_what_leaves_makes_room(store, leave):
    limit, room = UnroutedLimit(store, LIMIT), 0
    assert await kept_until_full(limit) == LIMIT
    gone = await leave(store)
    while not room:  # the next count is due in a moment
        room = await kept_until_full(limit)
        await asyncio.sleep(0)
    while room < gone:
        room += await kept_until_full(limit)
        await asyncio.sleep(0)
    assert room == gone


async def test_the_alarm_is_logged_once_before_the_limit_and_once_at_it(store):
    limit = UnroutedLimit(store, LIMIT)
    with capture_logs() as logs:
        await kept_until_full(limit)
        for _ in range(3):
            await kept_until_full(limit)
    alarms = [(log["waiting"], log["limit"]) for log in logs if log["event"] == "unrouted_alarm"]
    assert alarms == [(4, LIMIT), (5, LIMIT)]


async def test_most_messages_cost_no_count(store, monkeypatch):
    limit, counted = UnroutedLimit(store, 1000), []
    count_unrouted = store.count_unrouted
    monkeypatch.setattr(store, "count_unrouted", lambda n: counted.append(n) or count_unrouted(n))
    for _ in range(20):
        await limit.keep(make_unrouted())
    assert len(counted) == 1

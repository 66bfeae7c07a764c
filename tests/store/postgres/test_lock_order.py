"""What several processes remove and update at the same time: nobody has rows and waits for more."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
import msgspec
import pytest

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.ledger.export_log import LogQuery
from smsledger.ledger.instant import DAY
from smsledger.ledger.model import Credential, DeliveryStatus, MessageType, Scope, Session
from smsledger.ledger.opt_outs import OptOutsQuery
from smsledger.store.postgres import posting
from smsledger.store.postgres.session import PostgresSession
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from smsledger.store.upkeep import erasure, purge, unrouted
from tests.making import PROGRAM, YESTERDAY, make_message
from tests.store.postgres.conftest import Beside
from tests.store.test_export_log import make_entry, make_progress
from tests.store.test_ledger import make_unrouted

pytestmark = pytest.mark.engines("postgres")

LONG_AGO = YESTERDAY - 400 * DAY
IDS = [b"%d" % number for number in range(9)]
STOP = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED, "body": "STOP"}


async def take(beside: Beside, table: str, condition: str) -> None:
    """Have rows in hand, until the transaction is over; whoever has them already is an error."""
    await beside.connection.execute(f"SELECT FROM {table} WHERE {condition} FOR UPDATE NOWAIT")


async def test_entries_of_the_log_are_taken_in_one_order_wherever_they_stand(
    store: Store, beside: Beside
) -> None:
    for each in reversed(IDS):
        await store.enter_export(make_entry(export_id=each))
    await beside.connection.execute("ANALYZE export_log")
    progress = [make_progress(export_id=each) for each in reversed(IDS)]
    async with beside.connection.transaction():
        await take(beside, "export_log", "export_id = '4'")
        following = asyncio.create_task(store.follow_exports(progress))
        await beside.until_somebody_waits()
        await take(beside, "export_log", "export_id > '4'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with beside.connection.transaction():
                await take(beside, "export_log", "export_id < '4'")
    await following
    assert {each.reached for each in await store.exports(LogQuery(limit=100))} == {50}


async def test_a_purge_of_the_log_passes_over_what_somebody_has_in_hand(
    store: Store, beside: Beside
) -> None:
    for each in IDS:
        await store.enter_export(make_entry(export_id=each, began_at=LONG_AGO))
    async with beside.connection.transaction():
        await take(beside, "export_log", "export_id = '4'")
        await store.purge(YESTERDAY)
        assert [each.export_id for each in await store.exports(LogQuery(limit=100))] == [b"4"]
    await store.purge(YESTERDAY)
    assert await store.exports(LogQuery(limit=100)) == []


async def test_a_purge_of_unrouted_messages_passes_over_what_is_being_assigned(
    store: Store, beside: Beside
) -> None:
    for number in range(3):
        await store.keep_unrouted(make_unrouted(id=f"{number}", received_at=LONG_AGO))
    async with beside.connection.transaction():
        await take(beside, "unrouted_message", "id = '1'")
        await store.purge(YESTERDAY)
        assert [each.id for each in await store.unrouted(0, 100)] == ["1"]


@pytest.mark.parametrize(
    ("table", "remove", "count"),
    [
        ("tombstone", lambda on: purge.some_tombstones(on, PROGRAM, instant.LATEST), 1),
        ("consent", lambda on: purge.some_consent(on, PROGRAM), 2),
    ],
    ids=["tombstones", "words"],
)
async def test_what_a_program_has_is_removed_by_one_at_a_time(
    store: Store, beside: Beside, table: str, remove: Callable[..., Any], count: int
) -> None:
    await store.record_messages(PROGRAM, [make_message(id=each, **STOP) for each in "abc"])
    await store.erase(PROGRAM, ["a", "b"])
    async with beside.connection.transaction():
        await beside.hold(PROGRAM)
        removing = asyncio.create_task(store._engine.change(remove))
        await beside.until_somebody_waits()
        await take(beside, table, f"program_id = {PROGRAM}")
    assert await removing == count


BeginSession = Callable[[], asyncio.Task[None]]


@pytest.fixture
async def begin_session(store: Store) -> BeginSession:
    """Signs in with a credential, which has a session that is over."""
    await store.create_credential(Credential(username="ann", scopes=frozenset({Scope.REPORT})))

    def session(digest: bytes, expires_at: int) -> Coroutine[Any, Any, None]:
        return store.create_session(digest, Session("ann", b"secret", LONG_AGO, expires_at))

    await session(b"over", LONG_AGO)
    return lambda: asyncio.create_task(session(b"new", instant.LATEST))


async def test_whoever_signs_in_while_the_credential_goes_has_none_of_its_sessions_in_hand(
    store: Store, beside: Beside, begin_session: BeginSession
) -> None:
    async with beside.connection.transaction():
        await take(beside, "credential", "username = 'ann'")
        signing_in = begin_session()
        await beside.until_somebody_waits()
        await take(beside, "session", "username = 'ann'")
    await signing_in
    assert await store.session(b"over") is None


async def test_a_session_that_is_over_and_that_somebody_has_in_hand_is_passed_over(
    store: Store, beside: Beside, begin_session: BeginSession
) -> None:
    async with beside.connection.transaction():
        await take(beside, "session", "digest = 'over'")
        async with asyncio.timeout(5):
            await begin_session()


async def test_whoever_signs_out_everywhere_while_the_credential_goes_has_none_of_its_sessions(
    store: Store, beside: Beside, begin_session: BeginSession
) -> None:
    await begin_session()
    async with beside.connection.transaction():
        await take(beside, "credential", "username = 'ann'")
        signing_out = asyncio.create_task(store.end_sessions("ann"))
        await beside.until_somebody_waits()
        await take(beside, "session", "username = 'ann'")
    await signing_out
    assert await store.session(b"new") is None


async def test_the_erasure_of_a_number_waits_for_its_unrouted_opt_out_under_way(
    store: Store, beside: Beside
) -> None:
    word = make_unrouted(sender="15550000001", short_code="20880", body="END", authorised=True)
    await store.keep_unrouted(msgspec.structs.replace(word, id="before"))
    erased = (NO_PROGRAM, word.sender, ConsentWords())
    await store._until_nothing(erasure.messages_of_number, *erased)
    async with beside.connection.transaction():
        await unrouted.keep(PostgresSession(beside.connection), word, ConsentWords())
        ending = store._engine.change(erasure.orphans_of_number, *erased)
        erasing = asyncio.create_task(ending)
        await beside.until_somebody_waits()
    await erasing
    query = OptOutsQuery(program_ids=(NO_PROGRAM,), short_code="20880", limit=9)
    assert [each.number for each in (await store.opt_outs(query)).opt_outs] == [word.sender]


async def test_the_events_of_the_unrouted_messages_of_a_number_are_taken_in_one_order(
    store: Store, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    plausible = {"sender": "15550000001", "body": "END", "authorised": True}
    for code in ("40", "30", "20", "10"):
        await store.keep_unrouted(make_unrouted(id=code, short_code=code, **plausible))
    statements: list[tuple[Any, ...]] = []
    keep = posting.keep_events

    def kept(*row: Any) -> Any:
        statements.append(row)
        return keep(*row)

    monkeypatch.setattr(posting, "keep_events", kept)
    async with beside.connection.transaction():
        await take(beside, "consent", "short_code = '20'")
        assigning = asyncio.create_task(store.assign(1, PROGRAM, make_message(id="40", **STOP)))
        await beside.until_somebody_waits()
        await take(beside, "consent", "short_code = '30'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with beside.connection.transaction():
                await take(beside, "consent", "short_code = '10'")
    await assigning
    assert [program_id for _, program_id, _ in statements].count(NO_PROGRAM) == 1

"""What a copy has, and what goes on working on it."""

import asyncio
from typing import Any

import msgspec
import pytest

from smsledger.accounts.provisioning import digest_of
from smsledger.ledger import instant
from smsledger.ledger.export_log import LogQuery
from smsledger.ledger.instant import DAY
from smsledger.ledger.model import (
    Accepted,
    Credential,
    DeliveryStatus,
    Duplicate,
    MessageType,
    Scope,
)
from smsledger.store.errors import Missing
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from tests.application import application, walk
from tests.conftest import ENGINES
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.store.copying.conftest import Copy, Spoil, There
from tests.store.reading import position_of, stored_message
from tests.store.test_counts import KEPT
from tests.store.test_export_log import make_entry
from tests.store.test_ledger import make_unrouted

MO = {"type": MessageType.MO, "delivery_status": DeliveryStatus.RECEIVED}


async def fill(store: Store) -> None:
    """Some of everything that a ledger can have."""
    said = {"body": "Grüße 😀\n", "network": None, "short_code": "20880", "segments": 2}
    strange = {"id": "strange", "remark": "said 'yesterday'", "raw": b"\0\xff"}
    await store.record_messages(PROGRAM, [make_message(id=f"m-{n}") for n in range(30)])
    await store.record_messages(PROGRAM, [make_message(**MO, **said, **strange, date=None)])
    receipts = [make_receipt(id=f"m-{n}", text="ok", error_code="0") for n in range(0, 30, 2)]
    await store.record_receipts(PROGRAM, [*receipts, make_receipt(id="m-2", date=None)])
    await fill_waiting(store)
    await fill_administration(store)


async def fill_waiting(store: Store) -> None:
    """Receipts without their message, messages without a program."""
    for number in range(12):
        await store.record_receipts(PROGRAM, [make_receipt(id=f"w-{number}", raw=b"\1")])
        await store.keep_unrouted(make_unrouted(id=f"u-{number}", body="\u00e9 😀"))
    await store.record_receipts(NO_PROGRAM, [make_receipt(id="nobody's", number="1555")])
    await store.assign(3, PROGRAM, make_message(id="u-2", **MO))
    await store.record_mo_contact("kannel")
    await store.record_receipt_contact("kannel")


async def fill_administration(store: Store) -> None:
    """Programs, one of which is gone, and credentials, one with two secrets."""
    default = make_program(id=7, name="All", keywords=(), is_default=True, campaign="Other")
    await store.create_program(default)
    await store.record_messages(7, [make_message(**MO)])
    await store.set_active(7, active=False)
    await store.create_program(make_program(id=200_000, name="Gone", keywords=("GONE",)))
    await store.record_messages(200_000, [make_message(id=f"g-{n}") for n in range(20)])
    await store.delete_program(200_000)
    etl = Credential(
        username="etl",
        scopes=frozenset({Scope.EXPORT, Scope.INGEST}),
        programs=frozenset({PROGRAM, 7}),
        expires_at=YESTERDAY + 90 * DAY,
    )
    await store.create_credential(etl, digest_of("one"))
    await store.rotate_credential("etl", digest_of("two"), instant.now() + DAY)
    await store.note_uses({"etl": YESTERDAY})
    for number in range(12):
        await store.enter_export(make_entry(export_id=b"%d" % number, complete=number > 3))


async def all_of(store: Store) -> dict[str, Any]:
    """What a store says of all that `fill` put into it."""
    ids = [*(f"m-{n}" for n in range(30)), "strange", "u-2"]
    gauges = await store.gauges(YESTERDAY + DAY)
    return {
        "epoch": await store.epoch(),
        "position": await position_of(store),
        "messages": [await store.message(PROGRAM, each) for each in ids],
        "history": [await store.history(PROGRAM, each) for each in ids],
        "unrouted": [msgspec.structs.asdict(each) for each in await store.unrouted(0, 100)],
        "orphans": (gauges.orphans, gauges.contacts, gauges.unfinished),
        "programs": await store.programs(),
        "credentials": [
            msgspec.structs.replace(each, secrets=tuple(sorted(each.secrets)))
            for each in await store.credentials()
        ],
        "uses": await store.last_uses(),
        "exports": await store.exports(LogQuery(limit=100)),
    }


@pytest.mark.parametrize("target_engine", ENGINES)
async def test_everything_arrives(store: Store, copy: Copy, there: There) -> None:
    await fill(store)
    done = await copy()
    assert await all_of(await there()) == await all_of(store)
    assert (done.messages, done.unrouted, done.complete) == (33, 12, True)
    nobody, all_words, summer = done.programs
    assert (nobody.program, nobody.orphans) == (NO_PROGRAM, 1)
    assert (all_words.program, all_words.messages) == (7, 1)
    assert (summer.messages, summer.history, summer.orphans) == (32, 17, 12)


async def test_a_copy_is_counted_as_its_source_is(
    store: Store, store_url: str, copy: Copy, spoil: Spoil
) -> None:
    await fill(store)
    for number in range(2):
        assert (await copy()).complete
        there = set(await spoil(KEPT))
        assert there == {row for row in await asyncio.to_thread(execute, store_url, KEPT) if row[6]}
        await store.record_receipts(PROGRAM, [make_receipt(id=f"m-{number}", network="AT&T")])
        await store.erase(PROGRAM, [f"m-{number + 5}"])


async def test_an_empty_ledger_can_be_copied(store: Store, copy: Copy, there: There) -> None:
    assert (await copy()).complete
    copy_of_it = await there()
    assert await copy_of_it.record_messages(PROGRAM, [make_message()]) == [Accepted()]


async def test_a_walk_begun_at_the_source_goes_on_at_the_copy(
    store: Store, store_url: str, copy: Copy, there: There, target_url: str
) -> None:
    await fill(store)
    async with application(store, store_url) as client:
        whole = await walk(client, include="id")
        first = (await client.get(f"/api/messages/program/{PROGRAM}?pageSize=9&include=id")).json()
    await copy()
    async with application(await there(), target_url, user="another") as client:
        client.auth = ("tester", "a secret of the tests")  # the source's, which the copy knows
        found, url = first["data"]["messages"], first["meta"]["nextPageUrl"]
        while url:
            page = (await client.get(url)).raise_for_status().json()
            found, url = found + page["data"]["messages"], page["meta"]["nextPageUrl"]
    assert found == whole


async def test_what_was_said_is_known_and_numbers_go_on(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    await copy()
    copy_of_it = await there()
    again = [make_message(id="m-1"), make_message(id="new")]
    assert await copy_of_it.record_messages(PROGRAM, again) == [Duplicate(), Accepted()]
    assert await copy_of_it.record_receipts(PROGRAM, [make_receipt(id="w-1")]) == [Duplicate()]
    before, after = await position_of(store), await position_of(copy_of_it, PROGRAM)
    assert after.last == before.last + 1
    await copy_of_it.record_messages(PROGRAM, [make_message(id="w-1")])
    assert (await stored_message(copy_of_it, "w-1")).delivery_status == "Delivered"


async def test_no_number_of_a_program_campaign_or_waiting_message_is_given_again(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    await copy()
    copy_of_it = await there()
    named = {"id": 0, "name": "Next", "keywords": (), "campaign": "New"}
    made = await copy_of_it.create_program(make_program(**named))
    assert made.id == 200_001
    await copy_of_it.keep_unrouted(make_unrouted(id="new"))
    assert (await copy_of_it.unrouted(0, 100))[-1].ordinal == 13
    await copy_of_it.create_program(make_program(id=200_000, name="Back", keywords=("BACK",)))
    assert (await position_of(copy_of_it, 200_000)).last == 20


async def test_a_second_run_has_nothing_to_do_and_writes_nothing(
    store: Store, copy: Copy, spoil: Spoil, there: There
) -> None:
    await fill(store)
    first = await copy()
    before = await spoil("SELECT reference_version FROM ledger")
    again = await copy()
    assert again == msgspec.structs.replace(first, messages=0)
    assert await spoil("SELECT reference_version FROM ledger") == before
    assert await all_of(await there()) == await all_of(store)


@pytest.mark.parametrize("target_engine", ENGINES)
async def test_a_later_run_brings_what_has_changed_since(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    await copy()
    await store.record_receipts(PROGRAM, [make_receipt(id="m-1"), make_receipt(id="later")])
    await store.record_messages(PROGRAM, [make_message(id="w-1"), make_message(id="new")])
    await store.assign(5, PROGRAM, make_message(id="u-4", **MO))
    await store.create_program(make_program(id=9, name="Young", keywords=("YOUNG",)))
    await store.record_messages(9, [make_message()])
    await store.rotate_credential("etl", digest_of("three"), instant.now() + 2 * DAY)
    done = await copy()
    assert (done.messages, done.complete) == (5, True)
    copy_of_it = await there()
    assert await all_of(copy_of_it) == await all_of(store)
    assert (await stored_message(copy_of_it, "w-1")).delivery_status == "Delivered"
    assert (await stored_message(copy_of_it, "m-1", 9)).serial == 1


async def test_what_has_left_the_source_leaves_the_copy(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    old = [make_message(id=f"old-{n}", date=YESTERDAY - 400 * DAY) for n in range(12)]
    await store.record_messages(PROGRAM, old)
    await store.record_receipts(PROGRAM, [make_receipt(id="old-1")])
    await copy()
    await store.purge(YESTERDAY - 300 * DAY)
    await store.delete_program(7)
    await store.revoke_credential("etl")
    await copy()
    copy_of_it = await there()
    assert await all_of(copy_of_it) == await all_of(store)
    assert await copy_of_it.message(PROGRAM, "old-1") is None
    with pytest.raises(Missing):
        await copy_of_it.revoke_credential("etl")


async def test_a_program_that_came_again_is_copied_without_what_it_had(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    await copy()
    await store.delete_program(PROGRAM)
    await store.create_program(make_program(name="Once More"))
    await store.record_messages(PROGRAM, [make_message(id="first", date=YESTERDAY - DAY)])
    await copy()
    copy_of_it = await there()
    assert await copy_of_it.message(PROGRAM, "m-1") is None
    assert await copy_of_it.message(PROGRAM, "first") == await store.message(PROGRAM, "first")
    assert await position_of(copy_of_it, PROGRAM) == await position_of(store)

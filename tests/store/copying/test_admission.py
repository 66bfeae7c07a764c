"""Which targets are refused, untouched, and which are taken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smsledger.ledger.model import Credential
from smsledger.store import check, open_store
from smsledger.store.copying import Refused
from smsledger.store.errors import UnfinishedCopy
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from smsledger.store.tables import Snapshot, Tables, Written
from tests.making import PROGRAM, make_message, make_program, make_receipt
from tests.store.copying.conftest import Between, Copy, Killed, There, copied, killed_at
from tests.store.copying.test_copy import all_of, fill
from tests.store.test_ledger import make_unrouted

OWN = {
    "a program": lambda store: store.create_program(make_program()),
    "a credential": lambda store: store.create_credential(
        Credential(username="own", scopes=frozenset()), b"digest"
    ),
    "a receipt": lambda store: store.record_receipts(NO_PROGRAM, [make_receipt()]),
    "an unrouted message": lambda store: store.keep_unrouted(make_unrouted()),
    "a gateway": lambda store: store.record_mo_contact("kannel"),
}
USED = {
    "a message": lambda store: store.record_messages(PROGRAM, [make_message(id="own")]),
    "a receipt": lambda store: store.record_receipts(PROGRAM, [make_receipt(id="m-1", text="own")]),
    "a program": lambda store: store.create_program(
        make_program(id=0, name="Own", keywords=("OWN",))
    ),
    "a gateway's message": lambda store: store.record_mo_contact("kannel"),
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
async def test_a_target_with_something_of_its_own_is_refused_untouched(
    copy: Copy, there: There, own: Callable[..., Any]
) -> None:
    target = await there()
    epoch = await target.epoch()
    await own(target)
    with pytest.raises(Refused, match="of its own"):
        await copy()
    assert await target.epoch() == epoch


async def test_what_a_deleted_program_left_is_something_too(copy: Copy, there: There) -> None:
    target = await there()
    await target.create_program(make_program())
    await target.record_messages(PROGRAM, [make_message()])
    await target.delete_program(PROGRAM)
    with pytest.raises(Refused, match="of its own"):
        await copy()


@pytest.mark.parametrize("use", USED.values(), ids=USED)
async def test_a_copy_that_was_used_since_is_refused_untouched(
    store: Store, copy: Copy, there: There, use: Callable[..., Any]
) -> None:
    await fill(store)
    await copy()
    target = await there()
    await use(target)
    before = await all_of(target)
    with pytest.raises(Refused, match="has been used"):
        await copy()
    assert await all_of(target) == before


async def test_two_ledgers_that_both_went_on_are_not_made_one(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    await copy()
    target = await there()
    await target.record_messages(PROGRAM, [make_message(id="own")])
    await store.record_messages(PROGRAM, [make_message(id="mine"), make_message(id="other")])
    with pytest.raises(Refused, match="has been used"):
        await copy()
    assert await target.message(PROGRAM, "own")


async def test_two_that_both_heard_of_one_message_are_not_made_one(
    store: Store, copy: Copy, there: There
) -> None:
    await fill(store)
    await copy()
    target = await there()
    await target.record_receipts(PROGRAM, [make_receipt(id="m-1", text="own")])
    await store.record_receipts(PROGRAM, [make_receipt(id="m-1", text="mine")])
    with pytest.raises(Refused, match="has been used"):
        await copy()


async def test_a_source_that_went_back_is_refused(
    store: Store, store_url: str, copy: Copy, target_url: str
) -> None:
    """As a backup does that was restored without saying so."""
    await fill(store)
    await copy()
    await store.record_messages(PROGRAM, [make_message(id="new")])
    await copy()
    with pytest.raises(Refused, match="has been used"):
        await copy(wrap=lambda source, target: (Older(source), target))


class Older:
    """A ledger in which the last thing has not happened yet."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    async def snapshot(self) -> Snapshot:
        snapshot = await self._tables.snapshot()
        snapshot.counters[PROGRAM] -= 1
        return snapshot


@pytest.mark.parametrize("reading", [5, 8, 20, 35])
async def test_a_copy_that_was_killed_is_served_by_nobody_and_goes_on(
    store: Store, copy: Copy, there: There, target_url: str, reading: int
) -> None:
    await fill(store)
    with pytest.raises(Killed):
        await copy(wrap=killed_at(reading))
    with pytest.raises(UnfinishedCopy):
        await check(target_url)
    with pytest.raises(UnfinishedCopy):
        await open_store(target_url)
    done = await copy()
    assert done.messages < 33
    assert await all_of(await there()) == await all_of(store)


async def test_an_unfinished_copy_of_another_ledger_is_refused(store: Store, copy: Copy) -> None:
    await fill(store)
    with pytest.raises(Killed):
        await copy(wrap=killed_at(8))
    await store.renew_epoch("another")
    with pytest.raises(Refused, match="another ledger"):
        await copy()


async def test_a_ledger_is_not_copied_into_itself(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    await fill(store)
    other = store_url.replace("127.0.0.1", "localhost")
    if store_url.startswith("sqlite"):
        (tmp_path / "link.db").symlink_to(store_url.removeprefix("sqlite:///"))
        other = f"sqlite:///{tmp_path}/link.db"
    before = await all_of(store)
    with pytest.raises(Refused, match="one ledger"):
        await copied(store_url, other)
    assert await all_of(store) == before


@pytest.mark.parametrize("reading", [0, 6, 12, 24])
async def test_a_target_that_somebody_writes_meanwhile_ends_the_copy(
    store: Store, copy: Copy, there: There, reading: int
) -> None:
    await fill(store)
    await copy()
    target = await there()
    assert await target.programs()  # it has been opened before
    await store.record_messages(PROGRAM, [make_message(id=f"more-{n}") for n in range(20)])
    readings = iter(range(1000))

    async def write_once() -> None:
        if next(readings) == reading:
            await target.record_messages(PROGRAM, [make_message(id="own")])

    with pytest.raises((Written, Refused)):
        await copy(wrap=lambda source, target: (Between(source, write_once), target))
    assert await target.message(PROGRAM, "own")
    assert next(readings) > reading

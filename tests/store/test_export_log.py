"""The log of exports, and when credentials were last used."""

import asyncio
from typing import Any

from smsledger.ledger import instant
from smsledger.ledger.export_log import ExportEntry, LogQuery, Progress
from smsledger.ledger.instant import DAY
from smsledger.ledger.model import Credential
from smsledger.store.store import Store
from smsledger.store.tables import EXPORT_LOG
from tests.making import PROGRAM, YESTERDAY


def make_entry(**what_matters: Any) -> ExportEntry:
    plausible = {
        "export_id": b"export",
        "began_at": YESTERDAY,
        "username": "etl",
        "program_id": PROGRAM,
        "kind": "pages",
        "filters": "messageType=MT",
        "skipped": 0,
        "reached": 0,
        "updated_at": YESTERDAY,
    }
    return ExportEntry(**{**plausible, **what_matters})


def make_progress(**what_matters: Any) -> Progress:
    plausible = {"export_id": b"export", "skipped": 0, "reached": 50, "updated_at": YESTERDAY}
    return Progress(**{"complete": False, **plausible, **what_matters})


async def entries(store: Store, **asked: Any) -> list[ExportEntry]:
    return await store.exports(LogQuery(**{"limit": 100, **asked}))


async def test_an_entry_is_found_as_it_was_made_and_made_once(store: Store) -> None:
    entry = make_entry(skipped=3, reached=7, complete=True)
    await store.enter_export(entry)
    await store.enter_export(make_entry(kind="another"))
    assert await entries(store) == [entry]
    assert entry.messages == 4


async def test_entries_that_come_together_are_all_there(store: Store) -> None:
    made = [make_entry(export_id=b"%d" % number, began_at=number) for number in range(50)]
    await asyncio.gather(*map(store.enter_export, [*made, *made]))
    assert await entries(store) == made[::-1]


async def test_progress_only_ever_widens_what_was_served(store: Store) -> None:
    await store.enter_export(make_entry(skipped=100, reached=150))
    await store.follow_exports([make_progress(skipped=150, reached=200, complete=True)])
    late = make_progress(skipped=50, reached=100, updated_at=YESTERDAY - 1)
    await store.follow_exports([late, make_progress(export_id=b"nobody's")])
    [entry] = await entries(store)
    assert (entry.skipped, entry.reached, entry.messages) == (50, 200, 150)
    assert (entry.complete, entry.updated_at) == (True, YESTERDAY)


async def test_what_is_added_comes_to_what_was_reached_every_time(store: Store) -> None:
    await store.enter_export(make_entry())
    for _ in range(3):
        await store.follow_exports([make_progress(reached=0, added=7)])
    [entry] = await entries(store)
    assert (entry.skipped, entry.messages) == (0, 21)


async def test_an_entry_is_there_once_it_is_made(store: Store) -> None:
    assert not await store.has_export(b"export")
    await store.enter_export(make_entry())
    assert await store.has_export(b"export")
    assert not await store.has_export(b"another")


async def test_entries_are_listed_newest_first_page_by_page(store: Store) -> None:
    made = [make_entry(export_id=bytes([n]), began_at=YESTERDAY + n // 3) for n in range(20)]
    for entry in made:
        await store.enter_export(entry)
    found, before = [], None
    while some := await entries(store, limit=7, before=before):
        found += some
        before = (some[-1].began_at, some[-1].export_id)
    assert found == made[::-1]


async def test_entries_are_listed_by_credential_and_by_program(store: Store) -> None:
    for username, program_id in (("a", 1), ("a", 2), ("b", 1)):
        export_id = f"{username}{program_id}".encode()
        await store.enter_export(
            make_entry(export_id=export_id, username=username, program_id=program_id)
        )

    async def ids(**asked: Any) -> list[bytes]:
        return [entry.export_id for entry in await entries(store, **asked)]

    assert await ids(username="a") == [b"a2", b"a1"]
    assert await ids(program_id=1) == [b"b1", b"a1"]
    assert await ids(username="a", program_id=1) == [b"a1"]
    assert await ids(username="a", limit=1, before=(YESTERDAY, b"a2")) == [b"a1"]
    assert await ids(username="nobody") == []


async def test_what_is_of_several_programs_is_listed_with_each_of_them(store: Store) -> None:
    for number in range(12):
        await store.enter_export(
            make_entry(
                export_id=b"%02d" % number,
                username=("a", "b")[number % 2],
                program_id=(1, 2, 0)[number % 3],
                began_at=YESTERDAY + number,
            )
        )

    async def numbers(**asked: Any) -> list[int]:
        return [int(entry.export_id) for entry in await entries(store, **asked)]

    assert await numbers(program_id=1) == [11, 9, 8, 6, 5, 3, 2, 0]
    assert await numbers(program_id=1, limit=3, before=(YESTERDAY + 9, b"09")) == [8, 6, 5]
    assert await numbers(program_id=1, username="a") == [8, 6, 2, 0]
    assert await numbers(program_id=0) == [11, 8, 5, 2]


async def test_entries_stay_when_their_program_and_credential_go_and_leave_with_retention(
    store: Store,
) -> None:
    await store.create_credential(Credential(username="etl", scopes=frozenset()), b"digest")
    await store.enter_export(make_entry())
    await store.enter_export(make_entry(export_id=b"old", began_at=YESTERDAY - 400 * DAY))
    await store.revoke_credential("etl")
    await store.delete_program(PROGRAM)
    assert len(await entries(store)) == 2
    await store.purge(YESTERDAY - 365 * DAY)
    assert await entries(store) == [make_entry()]


async def test_the_last_use_of_a_credential_only_grows_and_leaves_with_it(store: Store) -> None:
    for username in ("a", "b"):
        credential = Credential(username=username, scopes=frozenset())
        await store.create_credential(credential, b"digest")
    now = instant.now()
    await store.note_uses({"b": now, "a": now, "nobody": now})
    await store.note_uses({"a": now - 1, "b": now + 1})
    assert await store.last_uses() == {"a": now, "b": now + 1}
    await store.revoke_credential("a")
    await store.note_uses({"a": now + 2})
    assert await store.last_uses() == {"b": now + 1}


def test_an_entry_has_the_columns_of_the_table() -> None:
    """In their order: rows of both engines become entries by it."""
    assert ExportEntry.__struct_fields__ == EXPORT_LOG.columns
    assert set(Progress.__struct_fields__) - set(ExportEntry.__struct_fields__) == {"added"}

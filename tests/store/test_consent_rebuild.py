"""A rebuild judges consent by changed words and keywords while messages are written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from smsledger.ledger import instant
from smsledger.ledger.consent import ConsentWords
from smsledger.store import open_store
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from tests.databases import execute
from tests.making import PROGRAM, make_program
from tests.store.changing import change
from tests.store.test_consent import NUMBER, OTHER, make_mo, waiting
from tests.store.test_opt_outs import numbers

SPANISH = ConsentWords(opt_out=("ALTO", "NO MORE"), opt_in=("ALTA",))
EVENTS = "SELECT * FROM consent ORDER BY program_id, number, short_code, kind"


async def rebuild(store: Store, limit: int = 3) -> int:
    """Rebuild all; how many numbers had changed."""
    due, changed = await store.note_words(), 0
    for program_id in (NO_PROGRAM, PROGRAM):
        after: str | None = ""
        while after is not None:
            step = await store.rebuild_consent(program_id, after, limit)
            changed, after = changed + step.changed, step.after_number
    await store.end_rebuild(due)
    return changed


@pytest.fixture
async def spanish(store: Store, store_url: str) -> AsyncIterator[Store]:
    """The same ledger, opened with other words."""
    opened = await open_store(store_url, words=SPANISH)
    yield opened
    await opened.close()


@pytest.fixture
def events(
    store_url: str,
) -> Callable[[], Awaitable[list[tuple[int, str, str, str, int, int, str]]]]:
    async def select() -> list[tuple[int, str, str, str, int, int, str]]:
        return await asyncio.to_thread(execute, store_url, EVENTS)

    return select


async def test_stored_messages_are_judged_by_the_words_of_today(
    store: Store, spanish: Store
) -> None:
    said = [make_mo("no more"), make_mo("STOP", number=OTHER), make_mo("Alto", number="1555")]
    await store.record_messages(PROGRAM, [*said, make_mo("alta", 1, number="1555")])
    await store.keep_unrouted(waiting("ALTO", sender="2555"))
    assert await rebuild(spanish) == 4
    assert await numbers(spanish, program_ids=(0, PROGRAM)) == [NUMBER, "2555"]


async def test_a_rebuild_by_the_same_words_changes_nothing_however_often(
    store: Store, events: Callable[[], Awaitable[list[tuple[int, str, str, str, int, int, str]]]]
) -> None:
    bodies = ("STOP", "thanks", "YES", "JOIN", "opt out", "")
    said = [make_mo(body, at, number=f"{1550 + at % 4}") for at, body in enumerate(bodies)]
    foreign = make_mo("STOP", 9, number="1550", short_code="30330")
    await store.record_messages(PROGRAM, [*said, foreign], any_code=True)
    await store.record_messages(PROGRAM, [make_mo("YES", 10, number="1550", short_code="30330")])
    await store.keep_unrouted(waiting("END"))
    await store.keep_unrouted(waiting("START", 1, authorised=False))
    before = await events()
    assert [await rebuild(store), await rebuild(store)] == [0, 0]
    assert await events() == before


async def test_an_opt_out_whose_message_is_gone_stands_as_judged(
    store: Store, spanish: Store
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP"), make_mo("alto", number=OTHER)])
    await store.purge(instant.now())
    await rebuild(spanish)
    assert await numbers(spanish) == [NUMBER, OTHER]  # of OTHER the last word is known


async def test_a_message_without_a_code_stays_on_the_code_that_its_program_had(
    store: Store, events: Callable[[], Awaitable[list[tuple[int, str, str, str, int, int, str]]]]
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP")])
    await change(store, make_program(short_code="40440"))
    before = await events()
    await rebuild(store)
    assert await events() == before


async def test_a_new_keyword_opts_in_those_who_have_sent_it_before(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP"), make_mo("COME", 1)])
    assert await store.note_words() is None
    await change(store, make_program(keywords=("COME",)))
    assert await numbers(store) == [NUMBER]
    assert await store.note_words() is not None
    assert await rebuild(store) == 1
    assert await numbers(store) == []
    assert await store.note_words() is None


async def test_a_rebuild_is_due_from_the_first_message_that_other_words_judged(
    store: Store, spanish: Store
) -> None:
    assert await spanish.note_words() is None
    assert await store.note_words() is None
    await store.record_messages(PROGRAM, [make_mo("Hi")])
    assert await spanish.note_words() is not None
    assert await store.note_words() is not None


async def test_a_new_ledger_names_the_default_words(store_url: str) -> None:
    stored = "SELECT words, rebuild_due_since FROM consent_words"
    [(words, due)] = await asyncio.to_thread(execute, store_url, stored)
    assert msgspec.json.decode(words, type=ConsentWords) == ConsentWords()
    assert due is None


async def test_a_rebuild_that_was_not_finished_or_is_out_of_date_stays_due(
    store: Store, spanish: Store
) -> None:
    await store.record_messages(PROGRAM, [make_mo("alto")])
    due = await spanish.note_words()
    await spanish.rebuild_consent(PROGRAM, "", 1)
    assert await spanish.note_words() == due
    await change(store, make_program(keywords=("COME",)))
    await spanish.end_rebuild(due)
    assert await spanish.note_words() not in (None, due)


async def test_those_who_write_meanwhile_are_neither_lost_nor_undone(
    store: Store, spanish: Store
) -> None:
    everyone = [f"{1_555_000 + n}" for n in range(40)]
    await store.record_messages(PROGRAM, [make_mo("alto", number=each) for each in everyone])

    async def write() -> None:
        for number in everyone[::2]:
            await spanish.record_messages(PROGRAM, [make_mo("ALTA", 1, number=number)])
            await spanish.keep_unrouted(waiting("ALTO", 2, sender=number, id=number))

    await asyncio.gather(write(), rebuild(spanish, 3))
    assert await numbers(spanish) == everyone[1::2]
    assert await numbers(spanish, program_ids=(0, PROGRAM)) == everyone

"""The consent of numbers on short codes: what keeps an event, and what takes it back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from smsledger.intake.routing import assign
from smsledger.intake.rows import DateBounds
from smsledger.ledger import instant
from smsledger.ledger.consent import Kind
from smsledger.ledger.instant import DAY, HOUR, SECOND
from smsledger.ledger.model import DeliveryStatus, Message, MessageType, Unrouted
from smsledger.ledger.opt_outs import OptOutsQuery
from smsledger.store.consent import ConsentEvent
from smsledger.store.posting import NO_PROGRAM
from smsledger.store.store import Store
from tests.databases import execute
from tests.making import PROGRAM, YESTERDAY, make_message, make_program, make_receipt
from tests.store.changing import change
from tests.store.test_ledger import make_unrouted

NUMBER, OTHER = "15550000001", "15550000002"
WORDS = """SELECT program_id, number, short_code, word FROM consent WHERE kind = 'word'
    ORDER BY 1, 2, 3"""
EVENTS = """SELECT program_id, number, short_code, kind, word FROM consent WHERE kind <> 'word'
    ORDER BY 1, 2, 3, 4"""


def make_mo(body: str, after: int = 0, **what_matters: Any) -> Message:
    """An MO of a handset, so many seconds after yesterday's first."""
    plausible = {
        "id": f"{body}-{after}" + what_matters.get("number", ""),
        "type": MessageType.MO,
        "delivery_status": DeliveryStatus.RECEIVED,
        "number": NUMBER,
        "body": body,
        "date": YESTERDAY + after * SECOND,
    }
    return make_message(**{**plausible, **what_matters})


Words = Callable[[], Awaitable[list[tuple[int, str, str, str]]]]


@pytest.fixture
def words(store_url: str) -> Words:
    """Program, number, short code and word of all rows."""

    async def select() -> list[tuple[int, str, str, str]]:
        return await asyncio.to_thread(execute, store_url, WORDS)

    return select


Events = Callable[[], Awaitable[list[tuple[str, str, str]]]]


@pytest.fixture
def events(store_url: str) -> Events:
    """Number, kind and word of the opt-outs and opt-ins."""

    async def select() -> list[tuple[str, str, str]]:
        rows = await asyncio.to_thread(execute, store_url, EVENTS)
        return [(number, kind, word) for _, number, _, kind, word in rows]

    return select


def said(
    word: str, number: str = NUMBER, code: str = "20880", program_id: int = PROGRAM
) -> tuple[int, str, str, str]:
    return (program_id, number, code, word)


async def numbers(
    store: Store, program_ids: tuple[int, ...] = (PROGRAM,), short_code: str = "20880"
) -> list[str]:
    """The numbers that are opted out."""
    query = OptOutsQuery(program_ids=program_ids, short_code=short_code, limit=9)
    return [opt_out.number for opt_out in (await store.opt_outs(query)).opt_outs]


async def test_the_latest_word_is_kept(store: Store, words: Words) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP"), make_mo("JOIN", 1)])
    assert await words() == [said("JOIN")]
    await store.record_messages(PROGRAM, [make_mo("stop it", 2)])
    assert await words() == [said("STOP")]


async def test_a_word_that_arrives_late_does_not_replace_a_later_one(
    store: Store, words: Words
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP", 10)])
    await store.record_messages(PROGRAM, [make_mo("JOIN", 5)])
    assert await words() == [said("STOP")]


async def test_of_two_words_of_one_instant_the_one_that_came_later_counts(
    store: Store, words: Words
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP"), make_mo("JOIN")])
    assert await words() == [said("JOIN")]
    await store.record_messages(PROGRAM, [make_mo("END")])
    assert await words() == [said("END")]


async def test_only_what_handsets_write_is_a_word(store: Store, words: Words) -> None:
    await store.record_messages(PROGRAM, [make_message(body="STOP")])
    await store.record_receipts(PROGRAM, [make_receipt(text="STOP")])
    assert await words() == []


async def test_a_message_that_comes_again_or_conflicts_changes_nothing(
    store: Store, words: Words
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP", id="m-1"), make_mo("JOIN", 1)])
    await store.record_messages(PROGRAM, [make_mo("STOP", id="m-1"), make_mo("END", 2, id="m-1")])
    assert await words() == [said("JOIN")]


async def test_each_code_has_a_word_of_its_own(store: Store, words: Words) -> None:
    said_on = [make_mo("STOP"), make_mo("YES", 1, short_code="30330")]
    await store.record_messages(PROGRAM, said_on, any_code=True)
    await store.record_messages(PROGRAM, [make_mo("HI", 2, number=OTHER)])
    assert await words() == [said("STOP"), said("YES", code="30330"), said("HI", OTHER)]


async def test_without_a_code_in_the_message_and_the_program_the_code_is_empty(
    store: Store, words: Words
) -> None:
    await store.create_program(make_program(id=7, name="Bare", short_code=None, keywords=()))
    await store.record_messages(7, [make_mo("STOP")])
    assert await words() == [said("STOP", code="", program_id=7)]


async def test_a_message_that_was_assigned_by_hand_says_a_word(store: Store, words: Words) -> None:
    await store.keep_unrouted(make_unrouted())
    await store.assign(1, PROGRAM, make_mo("Stop."))
    assert await words() == [said("STOP")]


async def test_a_word_outlives_its_message(store: Store, words: Words) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP")])
    assert await store.purge(instant.now()) == 1
    assert await words() == [said("STOP")]


async def test_the_word_before_counts_again_when_the_last_message_is_erased(
    store: Store, words: Words
) -> None:
    mine = [
        make_mo("END"),
        make_mo("STOP", 1),
        make_mo("JOIN", 2),
        make_mo("X", 3, number=OTHER, id="X-3"),
    ]
    elsewhere = make_mo("HI", 1, id="elsewhere", short_code="30330")
    everything = [*mine, elsewhere, make_message(number=NUMBER)]
    await store.record_messages(PROGRAM, everything, any_code=True)
    await store.erase(PROGRAM, ["JOIN-2", "X-3", "END-0"])
    assert await words() == [said("STOP"), said("HI", code="30330")]
    await store.erase(PROGRAM, ["STOP-1"])
    assert await words() == [said("HI", code="30330")]


async def test_the_code_of_a_message_that_names_none_is_its_program_s_when_words_return(
    store: Store, words: Words
) -> None:
    await store.record_messages(PROGRAM, [make_mo("END", short_code="20880"), make_mo("STOP", 1)])
    await store.record_messages(PROGRAM, [make_mo("JOIN", 2, short_code="20880")])
    await store.erase(PROGRAM, ["JOIN-2"])
    assert await words() == [said("STOP")]
    await store.erase(PROGRAM, ["STOP-1"])
    assert await words() == [said("END")]


async def test_an_opt_out_and_an_opt_in_outlive_the_erasure_of_their_texts(
    store: Store, events: Events
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP"), make_mo("YES", 1), make_mo("Hi", 2)])
    await store.erase(PROGRAM, ["STOP-0", "YES-1", "Hi-2"])
    assert await events() == [(NUMBER, "opt_in", "YES"), (NUMBER, "opt_out", "STOP")]


async def test_the_last_of_each_kind_is_kept_by_its_date_and_first_sight(
    store: Store, events: Events
) -> None:
    await store.record_messages(PROGRAM, [make_mo("END", 1), make_mo("STOP", 3), make_mo("x", 9)])
    await store.record_messages(PROGRAM, [make_mo("QUIT", 2), make_mo("JOIN", 4)])
    assert await events() == [(NUMBER, "opt_in", "JOIN"), (NUMBER, "opt_out", "STOP")]


async def test_a_message_posted_again_by_a_caller_for_all_programs_counts_then(
    store: Store, events: Events
) -> None:
    foreign = make_mo("STOP", short_code="30330")
    await store.record_messages(PROGRAM, [foreign])
    assert await events() == []
    for _ in range(2):
        await store.record_messages(PROGRAM, [foreign], any_code=True)
        assert await events() == [(NUMBER, "opt_out", "STOP")]


async def test_a_message_posted_again_does_not_count_on_the_code_that_its_program_has_by_now(
    store: Store, events: Events
) -> None:
    """START was sent to 20880. It does not lift a STOP that was sent to 40440."""
    await store.record_messages(PROGRAM, [make_mo("START", 60)])
    await change(store, make_program(short_code="40440"))
    await store.record_messages(PROGRAM, [make_mo("STOP")])
    for code in (None, "40440"):
        again = [make_mo("START", 60, short_code=code)]
        await store.record_messages(PROGRAM, again, any_code=True)
    assert await numbers(store, short_code="40440") == [NUMBER]
    assert await numbers(store) == []


async def test_an_earlier_unrouted_opt_out_counts_again_when_a_later_one_is_assigned(
    store: Store,
) -> None:
    await store.keep_unrouted(waiting("STOP"))
    await store.keep_unrouted(waiting("END", 1))
    await store.assign(2, PROGRAM, make_mo("END", 1))
    assert await store.erase_number(PROGRAM, NUMBER) == 1
    assert await numbers(store, program_ids=(0, PROGRAM)) == [NUMBER]


async def test_an_unrouted_message_with_the_id_and_text_of_another_counts_on_its_own_code(
    store: Store, words: Words
) -> None:
    """Otherwise the code that a credential may speak for authorises the code of the first."""
    await store.keep_unrouted(waiting("START", short_code="30330", authorised=False))
    await store.keep_unrouted(waiting("START", short_code="20880"))
    assert await words() == [said("START", program_id=0)]
    await store.rebuild_consent(0, "", 9)
    assert await words() == [said("START", program_id=0)]


async def test_an_unrouted_message_counts_by_when_it_was_received_once_it_is_assigned(
    store: Store, events: Events
) -> None:
    """Not by when it was assigned, so that a JOIN between the two stays the later one."""
    await store.keep_unrouted(waiting("STOP"))
    await store.record_messages(PROGRAM, [make_mo("JOIN", 60)])
    [unrouted] = await store.unrouted(0, 9)
    bounds = DateBounds.at(instant.now(), 365)
    assert await assign(store, unrouted, PROGRAM, bounds) is None
    assert await events() == [(NUMBER, "opt_in", "JOIN"), (NUMBER, "opt_out", "STOP")]


async def test_an_unrouted_message_whose_credential_may_not_speak_for_its_code_says_nothing(
    store: Store, words: Words
) -> None:
    await store.keep_unrouted(waiting("STOP", authorised=False))
    assert await words() == []
    await store.keep_unrouted(waiting("STOP"))
    assert await words() == [said("STOP", program_id=0)]


async def test_an_erased_handset_has_said_nothing_not_even_what_retention_left(
    store: Store, words: Words
) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP", -3600), make_mo("STOP", number=OTHER)])
    await store.purge(YESTERDAY - HOUR // 2)
    await store.record_messages(PROGRAM, [make_mo("HI", short_code="30330")], any_code=True)
    assert len(await words()) == 3
    assert await store.erase_number(PROGRAM, NUMBER) == 1
    assert await words() == [said("STOP", OTHER)]


async def test_the_words_of_a_deleted_program_go_with_it(store: Store, words: Words) -> None:
    await store.create_program(make_program(id=7, name="Other", keywords=()))
    await store.record_messages(7, [make_mo("STOP")])
    await store.record_messages(
        PROGRAM, [make_mo("STOP", n, number=f"{15_550_000_000 + n}") for n in range(2100)]
    )
    await store.delete_program(PROGRAM)
    assert await words() == [said("STOP", program_id=7)]


def waiting(body: str, after: int = 0, **what_matters: Any) -> Unrouted:
    """A message that found no program."""
    received = YESTERDAY + after * SECOND
    plausible = {"id": f"{body}-{after}", "sender": NUMBER, "body": body, "short_code": "20880"}
    return make_unrouted(**{**plausible, "received_at": received, **what_matters})


async def test_what_found_no_program_is_a_word_without_one(store: Store, words: Words) -> None:
    await store.keep_unrouted(waiting("Stop."))
    assert await words() == [said("STOP", program_id=0)]
    await store.keep_unrouted(waiting("JOIN", 1, short_code="+20880"))
    await store.keep_unrouted(waiting("END", -1))
    assert await words() == [said("JOIN", program_id=0)]


async def test_a_gateway_that_repeats_itself_says_nothing_later(store: Store, words: Words) -> None:
    await store.keep_unrouted(waiting("STOP"))
    await store.keep_unrouted(waiting("JOIN", 1))
    await store.keep_unrouted(waiting("STOP", received_at=YESTERDAY + 9 * SECOND))
    assert await words() == [said("JOIN", program_id=0)]


async def test_a_date_to_come_does_not_hold_a_word_in_its_place(store: Store, words: Words) -> None:
    await store.keep_unrouted(waiting("STOP", date=YESTERDAY + 900 * DAY))
    await store.keep_unrouted(waiting("JOIN", 1))
    assert await words() == [said("JOIN", program_id=0)]


@pytest.mark.parametrize("nobody", [{"sender": "SHOP"}, {"short_code": None}, {"short_code": "+"}])
async def test_without_a_number_or_a_code_nothing_was_said(
    store: Store, words: Words, nobody: dict[str, Any]
) -> None:
    await store.keep_unrouted(waiting("STOP", **nobody))
    assert await words() == []


async def test_a_word_moves_with_its_message_into_a_program(store: Store, words: Words) -> None:
    await store.keep_unrouted(waiting("STOP"))
    await store.assign(1, PROGRAM, make_mo("STOP"))
    assert await words() == [said("STOP")]
    await store.keep_unrouted(waiting("END", 1))
    await store.keep_unrouted(waiting("JOIN", 2))
    await store.assign(2, PROGRAM, make_mo("END", 1))
    assert await words() == [said("JOIN", program_id=0), said("END")]


async def test_a_word_without_a_program_outlives_its_message(store: Store, words: Words) -> None:
    await store.keep_unrouted(waiting("STOP"))
    await store.purge(instant.now())
    assert await store.unrouted(0, 9) == []
    assert await words() == [said("STOP", program_id=0)]


def test_the_later_of_two_words_is_that_of_the_later_message() -> None:
    plain: dict[str, Any] = {
        "number": NUMBER,
        "short_code": "20880",
        "kind": Kind.WORD,
        "word": "STOP",
    }
    earlier = ConsentEvent(date=DAY, serial=2, **plain)
    assert earlier.outlasts(None)
    assert ConsentEvent(date=DAY, serial=3, **plain).outlasts(earlier)
    assert not ConsentEvent(date=DAY - 1, serial=9, **plain).outlasts(earlier)


async def receive(store: Store, program_id: int, body: str, after: int = 0) -> None:
    """Store an MO of the handset in the program, or as unrouted."""
    if program_id == NO_PROGRAM:
        await store.keep_unrouted(waiting(body, after))
    else:
        await store.record_messages(program_id, [make_mo(body, after)])


@pytest.mark.parametrize("program_id", [PROGRAM, NO_PROGRAM], ids=["routed", "unrouted"])
@pytest.mark.parametrize("after", [1, -1], ids=["dated later", "dated earlier"])
async def test_an_opt_out_that_arrives_during_the_erasure_of_its_number_counts(
    store: Store, monkeypatch: pytest.MonkeyPatch, program_id: int, after: int
) -> None:
    """It arrives after the erasure has found no more messages, and before it removes opt-outs."""
    await receive(store, program_id, "STOP")
    erase_some = store._until_nothing

    async def erase_some_and_receive_one(*work: Any) -> int:
        erased: int = await erase_some(*work)
        await receive(store, program_id, "END", after)
        return erased

    monkeypatch.setattr(store, "_until_nothing", erase_some_and_receive_one)
    assert await store.erase_number(program_id, NUMBER) == 1
    monkeypatch.undo()
    assert await numbers(store, (program_id,)) == [NUMBER]
    assert await store.erase_number(program_id, NUMBER) == 1
    assert await numbers(store, (program_id,)) == []

"""Who has opted out of a short code, over all the programs that share it."""

from typing import Any

import pytest

from smsledger.ledger.consent import ConsentWords, Rule
from smsledger.ledger.instant import SECOND
from smsledger.ledger.model import Message
from smsledger.ledger.opt_outs import OptOut, OptOutsQuery, OptOutsStep
from smsledger.store import open_store
from smsledger.store.store import Store
from tests.making import PROGRAM, YESTERDAY, make_program
from tests.store.reading import program_of
from tests.store.test_consent import NUMBER, OTHER, make_mo


def asked(**what_matters: Any) -> OptOutsQuery:
    plausible = {
        "program_ids": (PROGRAM, 7),
        "short_code": "20880",
        "limit": 1000,
    }
    return OptOutsQuery(**{**plausible, **what_matters})


@pytest.fixture
async def two(store: Store) -> Store:
    """A store with two programs on one code."""
    await store.create_program(make_program(id=7, name="Rest", keywords=(), is_default=True))
    return store


async def numbers(store: Store, **what_matters: Any) -> list[str]:
    step = await store.opt_outs(asked(**what_matters))
    return [each.number for each in step.opt_outs]


async def test_who_said_stop_last_has_opted_out(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_mo("JOIN"), make_mo("stop!", 1)])
    second = YESTERDAY + 1_000_000
    message: dict[str, Any] = {"program_id": PROGRAM, "serial": 2, "message_id": "stop!-1"}
    opt_out = OptOut(number=NUMBER, short_code="20880", word="STOP", date=second, **message)
    assert await store.opt_outs(asked()) == OptOutsStep([opt_out], None)
    assert await numbers(store, short_code="30330") == []


async def test_who_joined_after_that_has_not(store: Store) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP"), make_mo("JOIN", 1)])
    assert await numbers(store) == []


@pytest.mark.parametrize(
    "body", ["STOP", "stop", " Stop.\n", "“stop”", "STOP! please", "stop\xa0it", "*STOP*", "quit"]
)
async def test_case_and_punctuation_do_not_matter(store: Store, body: str) -> None:
    await store.record_messages(PROGRAM, [make_mo(body)])
    assert await numbers(store) == [NUMBER]


@pytest.mark.parametrize(
    "body",
    ["opt  out!", "Opt\u00a0out", " “OPT,\u2003\r\n(out)” now", "oPt-OuT", "opt\u3000OUT\u200b"],
)
async def test_opt_out_is_two_words_whatever_is_between_them(store: Store, body: str) -> None:
    await store.record_messages(PROGRAM, [make_mo(body)])
    assert await numbers(store) == [NUMBER]


@pytest.mark.parametrize("body", ["OPT", "opt me out", "OPT OUTSIDE", "out opt", "O P T OUT"])
async def test_one_of_the_two_words_is_no_opt_out(store: Store, body: str) -> None:
    await store.record_messages(PROGRAM, [make_mo(body)])
    assert await numbers(store) == []


@pytest.mark.parametrize("bodies", [("STOP", "START"), ("START", "STOP")])
@pytest.mark.parametrize("dates", [(0, 1), (1, 0), (0, 0)])
async def test_of_a_stop_and_a_start_in_one_batch_the_later_counts(
    store: Store, bodies: tuple[str, str], dates: tuple[int, int]
) -> None:
    batch = [make_mo(body, after) for body, after in zip(bodies, dates, strict=True)]
    await store.record_messages(PROGRAM, batch)
    latest = bodies[0] if dates == (1, 0) else bodies[1]
    assert await numbers(store) == ([NUMBER] if latest == "STOP" else [])


@pytest.mark.parametrize("body", ["", "  ", "please STOP", "STOPPED", "don't stop", "😀 STOP"])
async def test_only_the_first_word_counts(store: Store, body: str) -> None:
    await store.record_messages(PROGRAM, [make_mo(body)])
    assert await numbers(store) == []


async def test_the_latest_word_over_all_programs_of_a_code_counts(two: Store) -> None:
    await two.record_messages(PROGRAM, [make_mo("JOIN", 1), make_mo("JOIN", 1, number=OTHER)])
    await two.record_messages(7, [make_mo("STOP", 2), make_mo("STOP", 0, number=OTHER)])
    assert await numbers(two) == [NUMBER]
    assert await numbers(two, program_ids=(PROGRAM,)) == []
    assert await numbers(two, program_ids=(7,)) == [NUMBER, OTHER]


async def test_of_two_words_of_one_instant_in_two_programs_the_opt_out_counts(two: Store) -> None:
    await two.record_messages(PROGRAM, [make_mo("JOIN", number=OTHER), make_mo("STOP")])
    await two.record_messages(7, [make_mo("STOP", number=OTHER), make_mo("JOIN")])
    assert await numbers(two) == [NUMBER, OTHER]


@pytest.mark.parametrize(("said", "undone"), [("+20880", "20880"), ("20880", "+20880")])
async def test_a_code_with_a_plus_and_without_is_one(store: Store, said: str, undone: str) -> None:
    await store.record_messages(PROGRAM, [make_mo("STOP", short_code=said)])
    assert await numbers(store) == [NUMBER]
    await store.record_messages(PROGRAM, [make_mo("JOIN", 1, short_code=undone)])
    assert await numbers(store) == []


async def test_a_word_that_is_taken_back_leaves_the_one_before_on_the_code_with_a_plus(
    store: Store,
) -> None:
    said = [make_mo("STOP", short_code="+20880"), make_mo("JOIN", 1, id="late")]
    await store.record_messages(PROGRAM, said)
    assert await numbers(store, rule=Rule.LATEST_WORD) == []
    await store.erase(PROGRAM, ["late"])
    assert await numbers(store, rule=Rule.LATEST_WORD) == [NUMBER]


async def test_the_codes_that_handsets_wrote_to_are_known(two: Store) -> None:
    codes = ["+30330", "20880", "20880", "9", None]
    said = [make_mo("HI", n, short_code=code) for n, code in enumerate(codes)]
    await two.record_messages(PROGRAM, said, any_code=True)
    await two.record_messages(7, [make_mo("HI", short_code="555")], any_code=True)
    assert await two.codes_with_events((PROGRAM, 7), 10) == ["20880", "30330", "555", "9"]
    assert await two.codes_with_events((PROGRAM, 7), 2) == ["20880", "30330"]
    assert await two.codes_with_events((), 10) == []


async def test_opt_outs_are_read_in_steps_and_none_is_missed(two: Store) -> None:
    everyone = [f"{15_550_000_000 + n}" for n in range(60)]
    for n, number in enumerate(everyone):
        word, program_id = ("STOP", "QUIT")[n % 2], (PROGRAM, 7)[n % 3 == 0]
        await two.record_messages(program_id, [make_mo(word, number=number)])
    again = [make_mo("JOIN", 5, id=number, number=number) for number in everyone[10:30]]
    await two.record_messages(PROGRAM, again)
    wanted = [each for each in everyone if each not in everyone[10:30]]
    steps: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        step = await two.opt_outs(asked(after_number=after, limit=10))
        steps.append([each.number for each in step.opt_outs])
        after = step.after_number
    assert len(steps[1]) < 10 == len(steps[0])
    assert [each for step in steps for each in step] == wanted


async def test_by_the_rule_of_the_latest_word_any_later_message_lifts_an_opt_out(
    two: Store,
) -> None:
    await two.record_messages(PROGRAM, [make_mo("STOP"), make_mo("STOP", 5, number=OTHER)])
    await two.record_messages(7, [make_mo("thanks", 1), make_mo("thanks", 1, number=OTHER)])
    assert await numbers(two) == [NUMBER, OTHER]
    assert await numbers(two, rule=Rule.LATEST_WORD) == [OTHER]


def within_a_second(body: str, microseconds: int, **what_matters: Any) -> Message:
    whole = YESTERDAY - YESTERDAY % SECOND
    return make_mo(body, date=whole + microseconds, **what_matters)


@pytest.mark.parametrize("rule", Rule)
async def test_a_stop_dated_in_whole_seconds_outlasts_what_arrived_before_in_its_second(
    two: Store, rule: Rule
) -> None:
    """A fast clock dates the JOIN ahead, so it counts with the microsecond of its arrival."""
    join = within_a_second("JOIN", 300_000)
    await two.record_messages(PROGRAM, [join, within_a_second("STOP", 0)])
    await two.record_messages(PROGRAM, [within_a_second("JOIN", 300_000, number=OTHER)])
    await two.record_messages(7, [within_a_second("STOP", 0, number=OTHER)])
    assert await numbers(two, rule=rule) == [NUMBER, OTHER]


@pytest.mark.parametrize(("stop", "start"), [(0, 0), (0, 300_000), (300_000, 600_000)])
async def test_a_start_that_arrives_after_a_stop_of_its_second_lifts_it(
    store: Store, stop: int, start: int
) -> None:
    batch = [within_a_second("STOP", stop), within_a_second("START", start)]
    await store.record_messages(PROGRAM, batch)
    assert await numbers(store) == []


async def test_a_start_that_is_earlier_than_a_stop_of_its_second_lifts_nothing(
    store: Store,
) -> None:
    batch = [within_a_second("STOP", 500_000), within_a_second("START", 100_000)]
    await store.record_messages(PROGRAM, batch)
    assert await numbers(store) == [NUMBER]


@pytest.mark.parametrize("first", ["STOP", "YES"])
async def test_of_two_events_of_one_date_in_one_program_the_later_arrival_counts(
    store: Store, first: str
) -> None:
    second = {"STOP": "YES", "YES": "STOP"}[first]
    await store.record_messages(PROGRAM, [make_mo(first), make_mo(second)])
    assert await numbers(store) == ([NUMBER] if second == "STOP" else [])


async def test_an_opt_out_word_that_is_a_keyword_too_opts_out(two: Store) -> None:
    was = await program_of(two, 7)
    changed = make_program(id=7, name="Rest", keywords=("STOP",), is_default=True)
    await two.update_program(changed, was=was)
    await two.record_messages(7, [make_mo("STOP")])
    assert await numbers(two) == [NUMBER]


async def test_words_and_their_pairs_are_those_that_the_store_was_opened_with(
    store_url: str,
) -> None:
    words = ConsentWords(opt_out=("NO MORE", "ALTO"), opt_in=("ALTA",))
    opened = await open_store(store_url, words=words)
    said = [make_mo("no, more!"), make_mo("STOP", number=OTHER), make_mo("alto", number="1555")]
    await opened.record_messages(PROGRAM, [*said, make_mo("Alta", 1, number="1555")])
    assert await numbers(opened) == [NUMBER]
    await opened.close()

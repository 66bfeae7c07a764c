"""Differences are found and named; rows that have no number are overwritten."""

import pytest

from smsledger.store import check
from smsledger.store.copying import Different
from smsledger.store.copying.comparison import Part, judge
from smsledger.store.errors import UnfinishedCopy
from smsledger.store.store import Store
from smsledger.store.tables import HISTORY, LOWEST, MESSAGE, ORPHAN
from tests.making import PROGRAM
from tests.store.copying.conftest import Copy, Killed, Spoil, There, unsealed
from tests.store.copying.test_copy import all_of, fill

SPOILT = {
    "another body": (
        "UPDATE message SET number = '1', gateway = 'x' WHERE serial = 7",
        r"program 121811: message \(date \d+, serial 7\) differs in the target: number, gateway",
    ),
    "a message less": (
        "DELETE FROM message WHERE serial = 8",
        r"message \(date \d+, serial 8\) is not in the target",
    ),
    "the last message less": (
        "DELETE FROM message WHERE id = 'u-2'",
        r"message \(date \d+, serial 49\) is not in the target",
    ),
    "another history": (
        "UPDATE status_history SET text = 'other' WHERE serial = 5",
        r"status_history \(serial 5, change \d+\) differs in the target: text",
    ),
    "a history less": (
        "DELETE FROM status_history WHERE serial = 5",
        r"status_history \(serial 5, change \d+\) is not in the target",
    ),
}
OVERWRITTEN = {
    "another receipt": "UPDATE orphan_receipt SET text = 'other' WHERE id = 'w-3'",
    "a receipt less": "DELETE FROM orphan_receipt WHERE id = 'w-11'",
    "a message that is another": "UPDATE unrouted_message SET body = 'other' WHERE ordinal = 4",
    "no unrouted messages": "DELETE FROM unrouted_message",
    "a program renamed": "UPDATE program SET name = 'Other' WHERE id = 7",
    "a history too much": """INSERT INTO status_history (program_id, serial, change, recorded_at)
        VALUES (121811, 6, 1, 1)""",
}


@pytest.mark.parametrize(("sql", "told"), SPOILT.values(), ids=SPOILT)
async def test_a_row_that_was_changed_is_named_and_the_copy_not_served(
    store: Store, copy: Copy, spoil: Spoil, target_url: str, sql: str, told: str
) -> None:
    await fill(store)
    with pytest.raises(Killed):
        await copy(wrap=unsealed)
    await spoil(sql)
    with pytest.raises(Different, match=told):
        await copy()
    with pytest.raises(UnfinishedCopy):
        await check(target_url)


async def test_a_finished_copy_that_differs_is_named_and_left_as_it_is(
    store: Store, copy: Copy, spoil: Spoil, target_url: str
) -> None:
    await fill(store)
    await copy()
    await spoil("UPDATE message SET number = '1' WHERE serial = 7")
    with pytest.raises(Different, match="serial 7"):
        await copy()
    await check(target_url)


@pytest.mark.parametrize("sql", OVERWRITTEN.values(), ids=OVERWRITTEN)
async def test_what_has_no_number_is_made_as_it_is_at_the_source(
    store: Store, copy: Copy, spoil: Spoil, there: There, sql: str
) -> None:
    await fill(store)
    first = await copy()
    await spoil(sql)
    again = await copy()
    assert again.programs == first.programs
    assert await all_of(await there()) == await all_of(store)


async def test_a_row_that_only_the_target_has_leaves_it(
    store: Store, copy: Copy, spoil: Spoil
) -> None:
    await fill(store)
    await copy()
    await spoil("UPDATE unrouted_message SET ordinal = 99 WHERE ordinal = 9")
    await copy()
    assert await spoil("SELECT max(ordinal), count(*) FROM unrouted_message") == [(12, 12)]


def test_what_was_said_later_is_left_out_on_both_sides() -> None:
    part = Part(table=HISTORY, program_id=PROGRAM, through=10)
    both, later, left, lacking = (1, 5, "a"), (2, 11, "b"), (3, 6, "c"), (4, 7, "d")
    judged = judge(part, [both, later, lacking], [both, left])
    assert (judged.alike, judged.left, judged.wrong) == ([both], [left], [lacking])


def test_a_message_that_has_changed_since_is_neither_alike_nor_wrong() -> None:
    part = Part(table=MESSAGE, program_id=PROGRAM, through=10)
    now, then, same = (1, 1, 12, "x"), (1, 1, 3, "x"), (1, 2, 4, "y")
    judged = judge(part, [now, same], [then, same])
    assert (judged.alike, judged.left, judged.wrong) == ([same], [], [])


def test_rows_without_a_number_are_never_left_out() -> None:
    assert MESSAGE.change_of((1, 2, 3)) == 3
    assert HISTORY.change_of((1, 2)) == 2
    assert ORPHAN.change_of((1, "id", 0)) == LOWEST

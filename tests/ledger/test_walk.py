from typing import Any

import msgspec
import pytest

from smsledger.errors import InvalidRequest
from smsledger.ledger import walk as walks
from smsledger.ledger.instant import DAY, HOUR
from smsledger.ledger.walk import Cursor, DefaultWindow, Key, Page, PageRequest, Walk, WalkRules

NOW = 20_000 * DAY + 5 * HOUR


def make_page(**what_matters: Any) -> Page:
    plausible = {
        "epoch": "epoch",
        "since": 0,
        "last": 42,
        "newest": NOW - HOUR,
        "messages": b"",
        "count": 0,
        "next_key": None,
    }
    return Page(**{**plausible, **what_matters})


def begin(
    request: PageRequest | None = None, window: DefaultWindow = "retention", **first_page: Any
) -> Walk:
    asked = request or PageRequest()
    rules = WalkRules(window=window, retention_days=365, page_size=50)
    walk = walks.begin(asked, 7, NOW, rules)
    return walks.pinned(walk, make_page(**first_page))


def resume(**what_matters: int) -> Cursor:
    cursor = Cursor(walk=begin(), key=Key(1, 1), page=2, page_size=50, issued=NOW)
    return msgspec.structs.replace(cursor, **what_matters)


def test_a_walk_without_dates_goes_from_the_retention_limit_to_the_newest_message() -> None:
    walk = begin()
    assert (walk.start, walk.end, walk.pin) == (NOW - 365 * DAY, NOW - HOUR, 42)


def test_a_walk_of_today_is_the_gmt_day_in_which_it_began() -> None:
    walk = begin(window="today")
    assert (walk.start, walk.end) == (20_000 * DAY, 20_001 * DAY - 1)


def test_one_given_date_is_enough_not_to_mean_today() -> None:
    walk = begin(PageRequest(start=NOW - 9 * DAY), window="today")
    assert (walk.start, walk.end) == (NOW - 9 * DAY, NOW - HOUR)


def test_a_start_before_the_retention_limit_begins_at_it() -> None:
    assert begin(PageRequest(start=0)).start == NOW - 365 * DAY


def test_a_program_without_messages_has_an_empty_walk() -> None:
    walk = begin(last=0, newest=None)
    assert walk.pin == 0
    assert walk.start == walk.end


def test_a_cursor_expires_a_day_after_it_was_handed_out() -> None:
    walks.check_age(resume(), NOW + 24 * HOUR, "cursor")
    with pytest.raises(InvalidRequest, match="24 hours"):
        walks.check_age(resume(), NOW + 24 * HOUR + 1, "cursor")


def test_a_walk_expires_before_its_rows_may_leave() -> None:
    handed_out_late = resume(issued=NOW + 47 * HOUR)
    walks.check_age(handed_out_late, NOW + 48 * HOUR, "cursor")
    with pytest.raises(InvalidRequest, match="24 hours"):
        walks.check_age(handed_out_late, NOW + 48 * HOUR + 1, "cursor")


def test_parameters_beside_a_cursor_may_repeat_what_the_walk_began_with() -> None:
    same = PageRequest(start=0, end=NOW - HOUR, page=2, page_size=7)
    assert walks.differing_parameters(same, resume(), 365) == []


def test_a_walk_goes_on_when_retention_was_shortened_meanwhile() -> None:
    walk = begin()
    assert walks.differing_parameters(PageRequest(start=walk.start), resume(), 30) == []


def test_a_parameter_that_differs_from_the_cursor_is_named() -> None:
    differing = walks.differing_parameters
    assert differing(PageRequest(page=3), resume(), 365) == ["page"]
    both = PageRequest(end=NOW, numbers=("1",))
    assert differing(both, resume(), 365) == ["endDate", "number"]
